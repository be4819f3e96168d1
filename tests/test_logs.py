"""What a line of the log carries: fields that can be asked for, not sentences."""

import json
import logging

import pytest
from flask import Flask


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    line: dict[str, object] = json.loads(capsys.readouterr().err.splitlines()[-1])
    return line


def test_what_a_line_names_is_a_field(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("igapp.example").warning("send_failed send=%d kind=%s", 7, "message")
    line = last_line(capsys)
    assert (line["event"], line["send"], line["kind"]) == ("send_failed", 7, "message")


def test_what_a_library_says_stays_a_sentence(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("some.library").warning("Lost %d connections", 3)
    assert last_line(capsys)["event"] == "Lost 3 connections"
