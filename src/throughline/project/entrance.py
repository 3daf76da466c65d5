"""The commands that let people and programs in: one-time links and tokens, printed on this terminal alone."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from throughline.project.terminal import plain_errors, started

if TYPE_CHECKING:
    from throughline.core.permissions import AccessRole, Actor

DOOR = "terminal"
FIRST_NAME = "Administrator"
# The clean_expiry rule allows a year and a day at most.
TOKEN_HOLDS = timedelta(days=365)
ROLES = ("viewer", "stakeholder", "member", "approver", "manager", "auditor")


def add_to(group: click.Group) -> None:
    for command in (token, sign_in_link):
        group.add_command(command)


def first_link(now: datetime) -> str:
    """The one-time link of the first start, made anew until somebody has come in by it. Empty from then on."""
    from throughline.actions import access as changes
    from throughline.queries import access, installation

    actor = access.system_actor(DOOR)
    if not access.has_anybody():
        invited = changes.invite_person(actor=actor, name=FIRST_NAME, email=None, is_admin=True, now=now)
        return invited.url
    waiting = installation.administrator_never_seen()
    if waiting is None:
        return ""
    return changes.create_sign_in_link(actor=actor, person_id=waiting, now=now).url


@click.command(name="sign-in-link", short_help="Print a fresh one-time link for a person.")
@click.argument("email")
@plain_errors
def sign_in_link(email: str) -> None:
    """Print a fresh one-time link for the person with this e-mail address. Earlier unused links stop working."""
    started()
    from throughline.actions import access as changes
    from throughline.core.errors import Refused
    from throughline.queries import access

    person = access.person_by_email(email)
    if person is None:
        raise Refused.of(
            f"Nobody with the address {email} can sign in here.", remedy="Invite them on the people page."
        )
    made = changes.create_sign_in_link(
        actor=access.system_actor(DOOR), person_id=person.pk, now=datetime.now(UTC)
    )
    click.echo(made.url)
    if not made.url:
        click.echo(f"The link was sent to {email}.", err=True)


@click.group()
def token() -> None:
    """Make tokens for pipelines."""


@token.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the token may do.")
@click.option("--program", "slug", help="Short name of the program; needed when there are several.")
@plain_errors
def create(name: str, role: str, slug: str | None) -> None:
    """Make a service account NAME with one role in one program, and print its token, this once, on standard output.

    An account of that name is used again; its earlier tokens go on until they end or are revoked.
    """
    started()
    from throughline.actions import tokens as changes
    from throughline.core.access import available_scopes
    from throughline.core.permissions import AccessRole
    from throughline.queries import access

    actor, now = access.system_actor(DOOR), datetime.now(UTC)
    program_id, program = chosen_program(actor, slug)
    account_id = service_account(actor, program_id, name, AccessRole(role), now)
    holder = access.actor_for(access.service_row(actor, account_id, program_id), door=DOOR, now=now)
    row, secret = changes.create_token(
        actor=actor,
        name=name,
        scopes=available_scopes(holder, program_id),
        expires_at=now + TOKEN_HOLDS,
        program_id=program_id,
        person_id=account_id,
        now=now,
    )
    click.echo(secret)
    scopes = ", ".join(row.scopes)
    click.echo(
        f"For {name} in {program}, until {row.expires_at:%Y-%m-%d}: {scopes}. Not shown again.", err=True
    )


def chosen_program(actor: "Actor", slug: str | None) -> tuple[int, str]:
    """Its key and short name; the only program need not be named."""
    from throughline.core.errors import Refused
    from throughline.queries import portfolio

    known = list(portfolio.programs(actor))
    names = ", ".join(program.slug for program in known) or "none yet"
    wanted = [program for program in known if slug in (None, program.slug)]
    if slug is not None and not wanted:
        raise Refused.of(f"There is no program {slug}.", remedy=f"Programs: {names}.")
    if len(wanted) != 1:
        raise Refused.of("Say which program: --program SLUG.", remedy=f"Programs: {names}.")
    return wanted[0].pk, wanted[0].slug


def service_account(actor: "Actor", program_id: int, name: str, role: "AccessRole", now: datetime) -> int:
    """Its key. An account that is there must have this very role: a token must not say one thing and do another."""
    from throughline.actions import tokens as changes
    from throughline.core.errors import Refused
    from throughline.queries import access

    known = access.service_accounts(program_id).filter(name=name).first()
    if known is None:
        made = changes.create_service_account(
            actor=actor, program_id=program_id, name=name, role=role, now=now
        )
        return made.pk
    roles = {grant.role for grant in access.actor_for(known, door=DOOR, now=now).grants}
    if roles != {role}:
        held = ", ".join(sorted(roles)) or "no role"
        raise Refused.of(f"The service account {name} has {held}.", remedy="Choose another name.")
    return known.pk
