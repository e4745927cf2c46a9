"""What an engine's failures mean, and what mends them: always ours, never the learner's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.model.problem import Blame, StoppedError, stopped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .endpoint import Endpoint

OTHERWISE = "or grade without Docker: `--runtime process`"
_DETAIL = 300


def unreachable(endpoint: Endpoint, error: BaseException, seconds: float) -> StoppedError:
    """Return the problem of an engine that gave no usable answer to the first call."""
    causes = tuple(_chain(error))
    if any(isinstance(cause, PermissionError) for cause in causes):
        return _stop(
            f"this user may not talk to the Docker engine at {endpoint.url}",
            f"`sudo usermod -aG docker $USER`, then log in again; {OTHERWISE}",
        )
    if _timed_out(causes):
        return _stop(
            f"the Docker engine at {endpoint.url} did not answer within {seconds:g} s",
            f"restart the engine and see whether `docker version` answers; {OTHERWISE}",
        )
    if endpoint.named_by:
        return _stop(
            f"no Docker engine answers at {endpoint.url}, which {endpoint.named_by} names ({_brief(error)})",
            f"{_unname(endpoint)}, or start that engine; {OTHERWISE}",
        )
    return _stop(
        f"no Docker engine answers at {endpoint.url} ({_brief(error)})",
        f"start Docker Desktop, or `sudo systemctl start docker`; {OTHERWISE}",
    )


def too_old(found: str, needed: str) -> StoppedError:
    """Return the problem of an engine whose API lacks what we use."""
    return _stop(
        f"the Docker engine speaks API {found or 'of an unknown version'}; at least {needed} is needed",
        f"update Docker to Engine 20.10 or newer; {OTHERWISE}",
    )


def failed(doing: str, error: BaseException, seconds: float) -> StoppedError:
    """Return the problem of a call that an engine which had answered before did not do."""
    if _timed_out(tuple(_chain(error))):
        message = f"the Docker engine did not {doing} within {seconds:g} s"
    else:
        message = f"the Docker engine could not {doing}: {_brief(error)}"
    return _stop(message, f"grade again; if it stays, restart the engine, {OTHERWISE}")


def image_missing(tag: str, why: str) -> StoppedError:
    """Return the problem of a base image that is neither here nor to be pulled."""
    return stopped(
        Blame.OURS,
        "image",
        f"the base image {tag} is not on this machine and could not be pulled: {why}",
        f"`docker pull {tag}` where there is a registry, `scripts/base-images` where there is none",
    )


def _stop(message: str, remedy: str) -> StoppedError:
    return stopped(Blame.OURS, "docker", message, remedy)


def _unname(endpoint: Endpoint) -> str:
    return "`unset DOCKER_HOST`" if endpoint.named_by == "DOCKER_HOST" else "`docker context use default`"


def _brief(error: BaseException) -> str:
    """Return what the innermost cause says, in one bounded line."""
    explanation = getattr(error, "explanation", None)
    text = str(explanation or [*_chain(error)][-1]) or type(error).__name__
    return " ".join(text.split())[:_DETAIL]


def _timed_out(causes: tuple[BaseException, ...]) -> bool:
    # A wait() that times out surfaces as ConnectionError, hence the words.
    return any(isinstance(one, TimeoutError) or "timed out" in str(one).lower() for one in causes)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all it was made from; libraries hide causes in `args` too."""
    seen: set[int] = set()
    queue: list[object] = [error]
    while queue:
        one = queue.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            queue += [one.__cause__, one.__context__, *one.args, getattr(one, "reason", None)]
