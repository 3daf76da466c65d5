"""Sends one plain mail through the configured server."""

from smtplib import SMTPException

from django.core.mail import EmailMessage


class MailFailed(Exception):
    """The server did not take the mail; the text says why."""


def send(*, to: str, subject: str, text: str, message_id: str = "") -> None:
    """With a `message_id`, a mail that is sent twice is known as the same one by whoever receives it."""
    headers = {"Message-ID": message_id} if message_id else {}
    message = EmailMessage(subject=subject, body=text, to=[to], headers=headers)
    try:
        message.send()
    except (SMTPException, OSError) as error:
        raise MailFailed(f"The mail server did not take it: {type(error).__name__}.") from error
