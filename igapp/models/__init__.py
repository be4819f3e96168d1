"""Nouns: the tables, their columns, relationships and predicates; no queries, no verbs."""

from igapp.models.access import EntryLink, LinkPurpose, RecoveryCode, TwoFactor
from igapp.models.account import Account, AccountState, AutoReply, LinkFormat
from igapp.models.conversation import Channel, Conversation, MessagingSession, Status
from igapp.models.customer import ContactKind, ContactPoint, Customer, CustomerDetail, Identity, MatchDismissal
from igapp.models.delivery import LANES, Event, Lane, Outcome
from igapp.models.inbox import Inbox, InboxMember
from igapp.models.media import Attachment, AttachmentKind, MediaState, Post, StoredFile
from igapp.models.offer import Offer, OfferState
from igapp.models.privacy import ErasedIdentity, Erasure, ErasureKind, ErasureState, RetentionRun
from igapp.models.report import (
    EVERYTHING,
    Dimension,
    ReportBacklog,
    ReportBucket,
    ReportCount,
    ReportPeriod,
    Wait,
    WaitOutcome,
)
from igapp.models.send import MESSAGES, UNCLAIMED, UNDER_WAY, Send, SendKind, SendState
from igapp.models.setting import AuditEntry, Setting
from igapp.models.timeline import Item, ItemKind, PendingChange
from igapp.models.topic import ConversationTopic, Topic
from igapp.models.user import Agent, Presence, Role, User
from igapp.models.writing import Answer, Draft, Mention, Upload

__all__ = [
    "EVERYTHING",
    "LANES",
    "MESSAGES",
    "UNCLAIMED",
    "UNDER_WAY",
    "Account",
    "AccountState",
    "Agent",
    "Answer",
    "Attachment",
    "AttachmentKind",
    "AuditEntry",
    "AutoReply",
    "Channel",
    "ContactKind",
    "ContactPoint",
    "Conversation",
    "ConversationTopic",
    "Customer",
    "CustomerDetail",
    "Dimension",
    "Draft",
    "EntryLink",
    "ErasedIdentity",
    "Erasure",
    "ErasureKind",
    "ErasureState",
    "Event",
    "Identity",
    "Inbox",
    "InboxMember",
    "Item",
    "ItemKind",
    "Lane",
    "LinkFormat",
    "LinkPurpose",
    "MatchDismissal",
    "MediaState",
    "Mention",
    "MessagingSession",
    "Offer",
    "OfferState",
    "Outcome",
    "PendingChange",
    "Post",
    "Presence",
    "RecoveryCode",
    "ReportBacklog",
    "ReportBucket",
    "ReportCount",
    "ReportPeriod",
    "RetentionRun",
    "Role",
    "Send",
    "SendKind",
    "SendState",
    "Setting",
    "Status",
    "StoredFile",
    "Topic",
    "TwoFactor",
    "Upload",
    "User",
    "Wait",
    "WaitOutcome",
]
