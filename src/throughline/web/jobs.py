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
