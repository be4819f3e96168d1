"""The door to Meta: the only room that knows its JSON, its URLs and its moods."""
