"""The models of the sample program: what each is for, how far it has come, and what became of it."""

from dataclasses import dataclass

from throughline.core.dossier import RiskTier, Scoring
from throughline.project.demo.cast import CUSTOMERS, DIGITAL, STORES, SUPPLY, Team

LOW, MEDIUM, HIGH = RiskTier.LOW, RiskTier.MEDIUM, RiskTier.HIGH
BATCH, LIVE = Scoring.BATCH, Scoring.REAL_TIME


@dataclass(frozen=True)
class Measure:
    """The metric that the team follows: where it began and how far it came. Better may be larger or smaller."""

    name: str
    first: float
    best: float

    @property
    def is_share(self) -> bool:
        """Whether it counts rows, as precision does."""
        return self.name in ("val_precision", "val_accuracy", "val_acceptance", "val_coverage")

    @property
    def line(self) -> float:
        """The target that was agreed: most of the way."""
        return round(self.first + 0.6 * (self.best - self.first), 4)


@dataclass(frozen=True)
class Plan:
    """`days` in each stage that was left, then `rest` in the last one. `ending` names what happened there.

    `reach` is the part of the way to the best value at which the team gets stuck.
    """

    key: str
    name: str
    summary: str
    tier: RiskTier
    scoring: Scoring | None
    team: Team
    measure: Measure
    sources: tuple[str, ...]
    days: tuple[int, ...]
    rest: int
    ending: str = ""
    updates: tuple[int, ...] = ()
    reach: float = 1.0


PLANS: tuple[Plan, ...] = (
    # in production
    Plan("demand", "Store demand forecast",
         "Forecasts the daily demand of each article in each store, so that orders are placed two days ahead "
         "and fewer shelves are empty.",
         HIGH, BATCH, SUPPLY, Measure("val_wape", 0.31, 0.187), ("pos_sales", "weather", "promotions"),
         (24, 75, 58, 41), 346, "update_waits", updates=(150,)),
    Plan("eta", "Delivery time estimate",
         "Tells customers of the online shop in which half hour their delivery arrives, from traffic and route.",
         LOW, LIVE, DIGITAL, Measure("val_mae_minutes", 14.2, 7.9), ("routes", "traffic"),
         (20, 62, 50, 30), 260, "stale"),
    Plan("churn", "Churn propensity",
         "Names the loyalty customers who are likely to leave within eight weeks, for the retention team.",
         LOW, BATCH, CUSTOMERS, Measure("val_auc", 0.68, 0.811), ("loyalty", "baskets"),
         (30, 90, 61, 34), 240, "paused"),
    Plan("recommend", "Basket recommendations",
         "Suggests articles that go with what is in the basket already, on the page before paying.",
         LOW, LIVE, DIGITAL, Measure("val_recall_at_10", 0.19, 0.286), ("baskets", "articles"),
         (18, 70, 66, 28), 198, "update_blocked"),
    Plan("markdown", "Fresh food markdown",
         "Proposes when and by how much to lower the price of fresh food that nears its date, to waste less.",
         LOW, BATCH, STORES, Measure("val_wape", 0.36, 0.224), ("stock", "pos_sales"),
         (22, 66, 57, 31), 171, "update_declined"),
    Plan("invoices", "Invoice matching",
         "Matches supplier invoices with orders and deliveries, and passes on only those that do not fit.",
         LOW, BATCH, SUPPLY, Measure("val_f1", 0.86, 0.957), ("invoices",), (14, 40, 30, 9), 402, "", updates=(200,)),
    Plan("fraud", "Online payment screening",
         "Holds back online orders whose payment looks stolen until a person has looked at them.",
         MEDIUM, LIVE, DIGITAL, Measure("val_precision", 0.61, 0.842), ("payments", "accounts"),
         (28, 84, 72, 44), 133, "engineer_left"),
    Plan("opening", "Checkout staffing",
         "Says each evening how many checkouts each store needs per hour of the next day.",
         LOW, BATCH, STORES, Measure("val_mae", 1.9, 0.94), ("pos_sales",), (12, 37, 24, 8), 96),
    # deprecation and after
    Plan("footfall", "Footfall forecast",
         "Forecast of visitors per store and hour from door counters; the demand forecast does this better now.",
         LOW, BATCH, STORES, Measure("val_mape", 0.29, 0.212), ("door_counters",),
         (12, 41, 26, 9, 330), 20, "notice_runs"),
    Plan("shelfgap", "Shelf gap alerts",
         "Told store staff by message which shelves were probably empty, from sales that stopped too early.",
         LOW, BATCH, STORES, Measure("val_precision", 0.55, 0.69), ("pos_sales", "stock"),
         (19, 60, 55, 30, 260), 70, "retire_waits"),
    Plan("segments", "Loyalty segments",
         "Sorted loyalty customers into nine groups for the weekly mailing; replaced by churn propensity.",
         LOW, BATCH, CUSTOMERS, Measure("val_silhouette", 0.31, 0.42), ("loyalty",),
         (16, 55, 50, 27, 200), 150, "retired"),
    Plan("coupons", "Coupon response",
         "Estimated who would use a printed coupon; printed coupons have ended.",
         LOW, BATCH, CUSTOMERS, Measure("val_auc", 0.63, 0.71), ("coupons",), (10, 35, 25, 8, 240), 190, "retired"),
    # in deployment
    Plan("substitutes", "Substitute articles",
         "Proposes to pickers in the online warehouse what to pack when an ordered article is missing.",
         LOW, LIVE, DIGITAL, Measure("val_acceptance", 0.58, 0.734), ("baskets", "stock"), (21, 64, 58), 14, ""),
    Plan("suppliers", "Supplier delay warning",
         "Warns buyers three days ahead of deliveries that will probably come late, with the reason.",
         MEDIUM, BATCH, SUPPLY, Measure("val_auc", 0.66, 0.792), ("orders", "suppliers"), (25, 71, 63), 24,
         "contract_broken"),
    Plan("energy", "Cooling energy forecast",
         "Forecasts the energy that cooling needs per store, so that it can be bought a day ahead.",
         LOW, BATCH, STORES, Measure("val_mape", 0.17, 0.081), ("meters", "weather"), (11, 36, 27), 15, "waits"),
    # production ready
    Plan("returns", "Returns prediction",
         "Estimates at ordering time how likely a household article is to be sent back, to adapt its picture and text.",
         HIGH, BATCH, CUSTOMERS, Measure("val_auc", 0.7, 0.778), ("orders", "returns"), (30, 96), 44, "waiver_asked"),
    Plan("waste", "Bakery waste forecast",
         "Says how much of each bread to bake after noon so that little is thrown away in the evening.",
         MEDIUM, BATCH, STORES, Measure("val_wape", 0.33, 0.205), ("pos_sales", "bakery"), (20, 58), 51,
         "waits_with_waiver"),
    Plan("elasticity", "Price elasticity",
         "Estimates how demand answers a change of price, for the weekly round of price decisions.",
         LOW, BATCH, SUPPLY, Measure("val_wape", 0.41, 0.288), ("prices", "pos_sales"), (23, 77, 60), 22,
         "sent_back"),
    Plan("search", "Search ranking",
         "Orders the hits of the shop's search so that what people buy after such a search comes first.",
         MEDIUM, LIVE, DIGITAL, Measure("val_ndcg", 0.44, 0.531), ("searches", "articles"), (17, 69), 37,
         "tests_fail"),
    # prototypes
    Plan("shrinkage", "Shrinkage detection",
         "Looks for stores and articles where stock vanishes faster than sales and waste explain.",
         MEDIUM, BATCH, STORES, Measure("val_precision", 0.22, 0.31), ("stock", "pos_sales"), (28,), 272, "stuck",
         reach=0.42),
    Plan("reviews", "Review summaries",
         "Sums up what customers write about an article in three sentences, for its page in the shop.",
         LOW, BATCH, DIGITAL, Measure("val_rouge", 0.28, 0.371), ("reviews",), (15,), 33, ""),
    Plan("rota", "Shift planning",
         "Proposes shift plans per store from expected work, contracts and wishes; people decide.",
         HIGH, BATCH, STORES, Measure("val_coverage", 0.71, 0.835), ("shifts", "pos_sales"), (35,), 88,
         "purpose_widened"),
    Plan("planogram", "Planogram check",
         "Compares photos of shelves with the plan of what should stand where, and lists the differences.",
         LOW, LIVE, STORES, Measure("val_map", 0.35, 0.47), ("shelf_photos",), (26,), 120, "paused"),
    Plan("routes", "Delivery route cost",
         "Estimates what a delivery route will cost before it is driven, so that slots can be priced fairly.",
         MEDIUM, BATCH, SUPPLY, Measure("val_mape", 0.24, 0.118), ("routes", "fuel"), (19,), 61, "waits"),
    Plan("recipes", "Recipe matching",
         "Was to find recipes for what is in the basket; too few customers cook from recipes.",
         LOW, LIVE, DIGITAL, Measure("val_recall", 0.18, 0.2), ("recipes",), (13,), 140, "stopped", reach=0.3),
    Plan("freshness", "Freshness by photo",
         "Was to grade fruit from photos at goods receipt; the light in the warehouses differs too much.",
         LOW, LIVE, SUPPLY, Measure("val_accuracy", 0.62, 0.66), ("shelf_photos",), (27,), 210, "stopped", reach=0.35),
    # conceptions
    Plan("allergens", "Allergen label reader", "Reads allergens off labels.",
         HIGH, None, CUSTOMERS, Measure("val_recall", 0.91, 0.99), ("labels",), (), 38, "young"),
    Plan("queue", "Queue length estimate",
         "Estimates the length of the queue at each checkout from its sales, to open the next one in time.",
         LOW, LIVE, STORES, Measure("val_mae", 2.6, 1.4), ("pos_sales",), (), 16, "ready"),
    Plan("voice", "Ordering by voice",
         "Was to take orders by voice from older customers; the need is met by a phone line at a tenth of the cost.",
         MEDIUM, LIVE, DIGITAL, Measure("val_wer", 0.22, 0.12), ("phone_orders",), (), 260, "no_go"),
    Plan("harvest", "Harvest signal",
         "Foresees bad harvests of local suppliers from weather and satellite pictures, to buy elsewhere in time.",
         MEDIUM, BATCH, SUPPLY, Measure("val_auc", 0.6, 0.72), ("weather", "suppliers"), (), 204, "nobody_asks"),
    Plan("slots", "Collection slots",
         "Proposes how many orders each store can prepare per hour for customers who collect them.",
         LOW, BATCH, DIGITAL, Measure("val_mae", 5.1, 3.0), ("orders",), (), 45, "declined"),
)  # fmt: skip
