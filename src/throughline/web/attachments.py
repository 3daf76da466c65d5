"""Hands out stored files: always as a download, never as a page of this site."""

from uuid import UUID

from django.http import FileResponse

from throughline.queries import attachments
from throughline.web.routes import PageRequest, page


@page("model.view", at="model")
def download(request: PageRequest, file_id: UUID) -> FileResponse:
    row, path = attachments.stored_file(request.actor, file_id)
    response = FileResponse(
        path.open("rb"), as_attachment=True, filename=row.name, content_type="application/octet-stream"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
