"""The buttons of the page: what a person can do, in groups, by the kinds of events/kinds.py."""

MENU: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Send",
        (
            ("image", "Send a picture"),
            ("album", "Send three pictures"),
            ("video", "Send a video"),
            ("audio", "Send a voice note"),
            ("file", "Send a file"),
            ("sticker", "Send a sticker"),
            ("like_heart", "Send a heart"),
            ("post", "Share a post"),
            ("reel", "Share a reel"),
            ("reel_page", "Share a reel's web page"),
            ("ephemeral", "Photo to view once"),
            ("unsupported", "Something unsupported"),
        ),
    ),
    (
        "Stories",
        (("story_mention", "Mention in a story"), ("story_reply", "Reply to a story")),
    ),
    (
        "To a message",
        (
            ("reply", "Reply to a message"),
            ("react", "React ❤️"),
            ("unreact", "Take reaction back"),
            ("edit", "Edit"),
            ("unsend", "Unsend"),
            ("read", "Read"),
        ),
    ),
    (
        "Buttons and links",
        (
            ("postback", "Tap an ice breaker"),
            ("quick_reply", "Tap a quick reply"),
            ("ad_referral", "Write from an ad"),
            ("referral", "Come by a link"),
        ),
    ),
    (
        "As the company, in the Instagram app",
        (("app_message", "Send a message"), ("app_unsend", "Unsend it"), ("app_react", "React ❤️")),
    ),
)
COMMENTING: tuple[tuple[str, str], ...] = (
    ("comment", "Comment on a post"),
    ("comment_reply", "Reply below a comment"),
    ("live_comment", "Comment on the live video"),
    ("comment_deleted", "Delete my comment"),
    ("own_comment", "Comment as the company"),
    ("end_broadcast", "End the live video"),
)
