"""What can be done from the keyboard: the palette, the sheet of keys and the keys themselves are this list."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One command: what it does, its key, and the element that it presses, follows or goes to."""

    words: str
    key: str
    runs: str
    """A CSS selector; the last that is there counts."""
    entry: str = ""
    """The entry to choose where that is the button of a menu."""


COMMANDS = (
    Command("Accept the incoming request", "A", ".banner [data-key=a]"),
    Command("Decline the incoming request", "D", ".banner [data-key=d]"),
    Command("Next customer", "N", "#controls [data-key=n]"),
    Command("Write a reply", "R", "#message:enabled"),
    Command("Write a note", "M", "#lane-note"),
    Command("Like the last message", "L", "[data-may~=like]", "like"),
    Command("No Reply Needed", "", "#head [data-skip]"),
    Command("Undo No Reply Needed", "U", "#head [data-undo]"),
    Command("Add a topic", "#", "#add-topic"),
    Command("Close the conversation", "E", "#ending [data-key=e]:enabled"),
    Command("Close & Next", "", "#ending [name=then]:enabled"),
    Command("Attach images", "", "[data-attach]"),
    Command("Pick an answer", "", "[data-types='/']"),
    Command("Merge with another profile", "", "#merging button"),
    Command("Messaging on or off", "", "#controls [role=switch]"),
    Command("Search", "/", "[data-search]"),
    Command("My Customers", "", ".top__mark"),
    Command("Inboxes", "", ".menu__entry[href='/inboxes']"),
    Command("Reports", "", ".menu__entry[href='/reports']"),
    Command("Settings", "", ".menu__entry[href='/settings/']"),
    Command("Your profile", "", "a[href='/me']"),
    Command("Help", "", "a[href='/help']"),
    Command("All keys", "?", "[commandfor=keys]"),
)
"""In the order of a working day."""

OTHERS = (
    ("J K", "Down and up in My Customers"),
    ("Ctrl Enter", "Send (on a Mac ⌘ Enter)"),
    ("Ctrl Shift Enter", "Send and go to the next customer"),
    ("Ctrl K", "All commands (on a Mac ⌘ K)"),
    ("/", "In a message: pick a prepared answer"),
    ("@", "In a note: mention a teammate"),
)
"""Keys that press nothing, or only while writing."""
