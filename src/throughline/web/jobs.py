"""Work in the background: whether somebody does it, what failed too often, and another try."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import jobs as actions
from throughline.core.jobs import JobState
from throughline.queries import jobs as queries
from throughline.web.paging import Pages
from throughline.web.routes import PageRequest, done, page, show
from throughline.web.settings import tabs

SIZE = 50
STATES = {
    "": "All",
    JobState.PARKED: "Parked",
    JobState.READY: "Waiting",
    JobState.RUNNING: "Running",
    JobState.DONE: "Done",
}

# What each kind of job and each chore does, for people; the name stands beneath it for whoever reads the server's log.
TITLES = {
    "connections.poll": "See which tools are due",
    "connections.collect": "Collect evidence from a tool",
    "contracts.due": "See which contracts are due",
    "contracts.test": "Test a contract against its data",
    "sample.build": "Make the sample program",
    "assessments.run": "Assess the quality of a source",
    "assessments.lost": "End assessments that nobody finished",
    "log.anchor": "Anchor the activity log",
    "installation.clear": "Clear what has served its time",
    "telling.send": "Send a message to somebody",
    "sign_in.mail": "Mail a sign-in link",
    queries.HEARTBEAT: "Worker's sign of life",
}


@page("installation.administer", at="installation")
def jobs(request: PageRequest) -> HttpResponse:
    wanted = request.GET.get("state", "")
    state = wanted if wanted in STATES else ""
    number = request.GET.get("page", "1")
    found = Paginator(queries.jobs(request.actor, state=state), SIZE).get_page(number)
    counts = queries.counts()
    context = {
        "jobs": found.object_list,
        "pages": Pages.of(found),
        "state": state,
        "states": [
            (key, title, counts.get(key) if key else sum(counts.values())) for key, title in STATES.items()
        ],
        "worker": queries.worker_state(request.now),
        "chores": queries.chores(request.actor),
        "titles": TITLES,
    }
    return show(request, "jobs/page.html", {**context, "tabs": tabs(request.actor, "background work")})


@page("installation.administer", at="installation", activity="job.retried", methods=("POST",))
def retry(request: PageRequest, job_id: int) -> HttpResponse:
    row = actions.retry_job(actor=request.actor, job_id=job_id, now=request.now)
    return done(request, reverse("jobs"), f"“{row.kind}” is tried again.")


@page("installation.administer", at="installation", activity="job.discarded", methods=("POST",))
def discard(request: PageRequest, job_id: int) -> HttpResponse:
    actions.discard_job(actor=request.actor, job_id=job_id, now=request.now)
    return done(request, reverse("jobs"), "The job is given up.")
