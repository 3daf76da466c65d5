"""Trains two small models and registers both; run as a program by `mlflow_server.train_and_register`."""

import sys
import warnings

import mlflow
import mlflow.data
import mlflow.sklearn
from mlflow.tracking import MlflowClient
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def train(name: str, strength: float, rows: int) -> tuple[str, float, str]:
    """One run with a really trained model, registered as the next version: run id, validation AUC, digest."""
    table = load_breast_cancer(as_frame=True).frame
    learn, check = train_test_split(table, test_size=0.25, random_state=7, stratify=table["target"])
    learn = learn.head(rows)
    dataset = mlflow.data.from_pandas(learn, name=f"customers_{rows}", targets="target")
    with mlflow.start_run(run_name=f"{name}-{rows}") as run:
        mlflow.log_input(dataset, context="training")
        mlflow.log_params({"C": strength, "rows": rows})
        mlflow.set_tag("mlflow.source.git.commit", "9f3c2b1a7d5e4f60718293a4b5c6d7e8f9012345")
        model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=500))
        model.fit(learn.drop(columns="target"), learn["target"])
        scores = model.predict_proba(check.drop(columns="target"))[:, 1]
        auc = float(roc_auc_score(check["target"], scores))
        mlflow.log_metrics({"val_auc": auc, "val_logloss": float(log_loss(check["target"], scores))})
        mlflow.log_metric("val_lift", float("nan"))
        mlflow.sklearn.log_model(
            model, name="model", registered_model_name=name, pip_requirements=["scikit-learn"]
        )
        return run.info.run_id, auc, str(dataset.digest)


def main(uri: str, name: str) -> None:
    warnings.filterwarnings("ignore")
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment(f"{name}-training")
    first, second = train(name, 0.001, 60), train(name, 0.5, 400)
    client = MlflowClient()
    client.set_registered_model_tag(name, "program", "customer")
    client.set_model_version_tag(name, "1", "approval", "pending")
    client.set_model_version_tag(name, "2", "approval", "approved")
    client.set_registered_model_alias(name, "challenger", "1")
    client.set_registered_model_alias(name, "champion", "2")
    sys.stdout.write(
        " ".join([first[0], second[0], repr(first[1]), repr(second[1]), first[2], second[2]]) + "\n"
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
