"""Pictures attached in the composer, until they are sent: each becomes a message of its own (SPEC 6.3, D4)."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from igapp import db, storage, utc
from igapp.desk.pictures import Picture
from igapp.desk.refusal import Refused
from igapp.models import Attachment, AttachmentKind, Customer, Item, MediaState, Upload, User

MOST = 10
"""Pictures of one answer."""
TOTAL_BYTES = 5 * 1024 * 1024
"""Bytes of all pictures of one answer, as their files were given."""
NAME_LENGTH = 100
"""Characters kept of a file's name."""
KEPT_DAYS = 7
"""What was attached but never sent is forgotten after so long."""


def add(
    customer: Customer, user: User, lane: str, files: Sequence[tuple[str, Picture]], now: datetime
) -> Sequence[Upload]:
    """Attach pictures, each with its file's name; returns all that are attached. Refused beyond the limits."""
    before = of(customer, user.id, lane)
    if len(before) + len(files) > MOST:
        raise Refused(f"At most {MOST} pictures can be sent at once.")
    if sum(one.size for one in before) + sum(picture.given_size for _, picture in files) > TOTAL_BYTES:
        raise Refused(
            f"Together the pictures may have {TOTAL_BYTES // 1024**2} MB. Leave some out, or make them smaller."
        )
    _forget_old(now)
    for name, picture in files:
        db.session().add(_upload(customer, user, lane, name, picture, now))
    db.session().flush()
    return of(customer, user.id, lane)


def of(customer: Customer, user_id: int, lane: str) -> Sequence[Upload]:
    """Return what the user has attached in a lane, in order."""
    wanted = sa.select(Upload).where(Upload.customer_id == customer.id, Upload.user_id == user_id, Upload.lane == lane)
    return db.session().scalars(wanted.order_by(Upload.id)).all()


def own(upload_id: int, user_id: int) -> Upload | None:
    """Return a picture that the user attached."""
    return db.session().scalar(sa.select(Upload).where(Upload.id == upload_id, Upload.user_id == user_id))


def remove(upload: Upload) -> None:
    """Take a picture off again."""
    storage.drop_later(upload.storage_key)
    db.session().delete(upload)


def become(upload: Upload, item: Item) -> None:
    """It is sent as `item`: its bytes stay, now as the item's attachment."""
    attachment = Attachment(
        item=item,
        kind=AttachmentKind.IMAGE,
        raw_kind="image",
        state=MediaState.READY,
        title=upload.name,
        content_type=upload.content_type,
        width=upload.width,
        height=upload.height,
        storage_key=upload.storage_key,
    )
    db.session().add(attachment)
    db.session().delete(upload)


def _upload(customer: Customer, user: User, lane: str, name: str, picture: Picture, now: datetime) -> Upload:
    key = storage.new_key()
    storage.store().put(key, picture.content, picture.content_type, now)
    return Upload(
        user_id=user.id,
        customer_id=customer.id,
        lane=lane,
        name=name[:NAME_LENGTH] or "picture",
        content_type=picture.content_type,
        size=picture.given_size,
        width=picture.width,
        height=picture.height,
        storage_key=key,
        uploaded_at=now,
    )


def _forget_old(now: datetime) -> None:
    old = sa.select(Upload).where(Upload.uploaded_at < now - utc.days(KEPT_DAYS)).limit(20)
    for upload in db.session().scalars(old):
        remove(upload)
