"""Redis, mail, collected reports and plugins, as the app and as a check meet them."""

from __future__ import annotations

import json
import threading

import pytest
import redis

from grader.kit import Collector, Mail, UnmetError


def get(stage, url, path, **query):
    return stage.http.get(f"{url}{path}", params=query).text


def test_redis_is_empty_for_fresh_services_and_survives_a_restart(stage, service_of):
    first = service_of(stage, stage.start(services=["redis"]))
    fresh = first.another(fresh=True)
    with redis.Redis.from_url(first.admin_url("redis")) as mine:
        mine.set("who", "first")
        said = json.loads(get(stage, first.instance.url, "/ask", to="REDIS_URL", say="GET who", bytes=11))
        assert "first" in said["got"]
        with redis.Redis.from_url(fresh.admin_url("redis")) as other:
            assert other.dbsize() == 0
        first.restart()
        assert mine.get("who") == b"first"


@pytest.fixture
def service(stage, service_of):
    return service_of(stage, stage.start(services=["smtp", "collector"]))


def send(stage, service, to, subject="hello"):
    return get(stage, service.instance.url, "/mail", to=to, subject=subject)


def test_mail_arrives_decoded(stage, service):
    mail = Mail.of(service)
    send(stage, service, "ann@example.test", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=")
    (one,) = mail.messages("ann@example.test")
    assert (one.subject, one.sender, one.header("x-task-id")) == ("Gr\u00fc\u00dfe", "app@example.test", "7")
    assert (one.text.strip(), one.accepted) == ("in the text", True)
    mail.quiet("bob@example.test", seconds=0.1, why="Nobody wrote to Bob.")


def test_mail_server_follows_its_script(stage, service):
    mail = Mail.of(service)
    mail.answer(451, "4.3.0 nonce", times=2)
    mail.answer(550, to="no-*@example.test", at="rcpt")
    said = [send(stage, service, "ann@example.test") for _ in range(3)]
    assert said == ["451 4.3.0 nonce", "451 4.3.0 nonce", "250 2.0.0 OK"]
    assert send(stage, service, "no-one@example.test").startswith("550")
    tries = mail.attempts("ann@example.test", count=3)
    assert [one.reply[:3] for one in tries] == ["451", "451", "250"]
    assert [one.at for one in tries] == sorted(one.at for one in tries)
    (refused,) = mail.attempts("no-one@example.test")
    assert (refused.stage, refused.accepted) == ("rcpt", False)


def test_mail_server_that_breaks_off(stage, service):
    mail = Mail.of(service)
    mail.drop(times=1)
    assert send(stage, service, "ann@example.test") in {"closed", "ECONNRESET"}
    mail.answer(421, times=1)
    assert send(stage, service, "ann@example.test").startswith("421")
    mail.refuse()
    assert send(stage, service, "ann@example.test") == "ECONNREFUSED"
    mail.heal()
    assert send(stage, service, "ann@example.test").startswith("250")
    assert [one.reply[:3] for one in mail.seen("ann@example.test")] == ["", "421", "250"]


def test_slow_mail_server_counts_what_is_in_hand(stage, service):
    mail = Mail.of(service)
    mail.delay(0.6)
    senders = [threading.Thread(target=send, args=(stage, service, f"{name}@example.test")) for name in "abc"]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    (first,) = mail.messages("a@example.test")
    assert first.answered - first.at >= 0.6
    assert mail.parallel() == 3


def test_missing_mail_is_told_with_what_came_instead(stage, service):
    mail = Mail.of(service)
    mail.answer(451)
    send(stage, service, "ann@example.test", "my subject")
    with pytest.raises(UnmetError) as caught:
        mail.messages("ann@example.test", within=0.2)
    assert "451" in caught.value.actual
    assert "my subject" in caught.value.actual


def test_mail_that_nobody_sent_is_told_by_how_far_anybody_came(stage, service):
    mail = Mail.of(service)
    with pytest.raises(UnmetError, match="Waiting") as caught:
        mail.messages("ann@example.test", within=0.1)
    assert "nothing has connected to the mail server so far" in caught.value.actual
    send(stage, service, "bob@example.test")
    with pytest.raises(UnmetError, match="Waiting") as caught:
        mail.messages("ann@example.test", within=0.1)
    assert "connections 1, messages begun 1, tries ended 1" in caught.value.actual


def test_reports_are_read_in_order_as_they_come(stage, service):
    collector = Collector.of(service)
    get(stage, service.instance.url, "/report", text="early")
    mark = collector.mark()
    later = threading.Timer(0.3, get, (stage, service.instance.url, "/report"), {"text": "late"})
    later.start()
    (found,) = collector.wait(lambda data: data["said"] == "late", why="It reports.", after=mark)
    later.join()
    assert [one.data["said"] for one in collector.reports()] == ["early", "late"]
    assert found.number == mark + 1
    with pytest.raises(UnmetError, match="It reports twice"):
        collector.wait(lambda _data: True, why="It reports twice.", count=2, after=mark, within=0.1)


PLUGIN = """
const body = JSON.stringify({ from: "plugin", pid: process.pid });
await fetch(process.env.COLLECTOR_URL, { method: "POST", body });
"""


def test_plugin_runs_inside_the_app(stage, service_of):
    env = {"COLLECTOR_URL": "{collector}", "PLUGINS": "{plugin:bus-probe.mjs}"}
    instance = stage.start(services=["collector"], env=env, plugins={"bus-probe.mjs": PLUGIN})
    (found,) = Collector.of(service_of(stage, instance)).wait(lambda _data: True, why="The plugin reports.")
    pid = int(get(stage, instance.url, "/pid"))
    assert (found.data["from"], found.data["pid"]) == ("plugin", pid)


def test_unknown_plugin_is_named(stage):
    with pytest.raises(Exception, match="no such plugin"):
        stage.start(env={"PLUGINS": "{plugin:missing.mjs}"})
