"""The safeguards that tests are known to hold, one mutant each."""

from tests.mutants.archives import ARCHIVES
from tests.mutants.mutant import Mutant
from tests.mutants.uploads import UPLOADS

_STALE = "tests/store/test_lifecycle.py::TestGuardedWrites::test_a_stale_token_writes_nothing"
_ENDED = "tests/store/test_lifecycle.py::TestGuardedWrites::test_an_ended_job_takes_no_further_end"
_AT_ONCE = "tests/store/test_history.py::test_two_writers_at_once_follow_one_another"
_LEASE = "store/lease.py"
_CELL = "tests/pdarts_core/kernels/test_cell_by_kernels.py"


def _without_token(write: str, old: str, new: str) -> Mutant:
    """Take the token and the state from the guard of one kind of write."""
    name = f"token check of {write}"
    return Mutant(name=name, file=_LEASE, old=old, new=new, test=f"{_STALE}[sqlite-{write}]")


_TOKEN = (
    _without_token(
        "beat",
        "_change(session, lease, visible=False, lease_until=db_now(lease_seconds))",
        "change_job(session, lease.job_id, visible=False, lease_until=db_now(lease_seconds))",
    ),
    _without_token(
        "record",
        "_change(session, lease, event=event, **({} if",
        "change_job(session, lease.job_id, event=event, **({} if",
    ),
    _without_token(
        "checkpoint",
        "_change(\n        session,\n        lease,\n        visible",
        "change_job(\n        session,\n        lease.job_id,\n        visible",
    ),
    _without_token(
        "succeed",
        "_change(session, lease, event=event, progress_fraction=1.0,",
        "change_job(session, lease.job_id, event=event, progress_fraction=1.0,",
    ),
    _without_token(
        "fail",
        "_change(session, lease, event=event, **failed_with(",
        "change_job(session, lease.job_id, event=event, **failed_with(",
    ),
    _without_token(
        "cancel",
        "_change(session, lease, event=event, **ended(JobState.CANCELLED))",
        "change_job(session, lease.job_id, event=event, **ended(JobState.CANCELLED))",
    ),
    _without_token(
        "pause",
        "_change(session, lease, event=event, **_given_up_freely(), state",
        "change_job(session, lease.job_id, event=event, **_given_up_freely(), state",
    ),
    _without_token(
        "release",
        "_change(session, lease, event=event, **values)",
        "change_job(session, lease.job_id, event=event, **values)",
    ),
    _without_token("read", "Job.id == lease.job_id, *_held(lease)\n", "Job.id == lease.job_id\n"),
)

MUTANTS = (
    *_TOKEN,
    *ARCHIVES,
    *UPLOADS,
    Mutant(
        name="state guard of an attempt's writes",
        file=_LEASE,
        old="return Job.lease_token == lease.token, Job.state == JobState.RUNNING",
        new="return (Job.lease_token == lease.token,)",
        test=f"{_ENDED}[sqlite]",
    ),
    Mutant(
        name="state guard of a claim",
        file=_LEASE,
        old="        Job.state == JobState.QUEUED,\n        event=NewEvent(\n",
        new="        event=NewEvent(\n",
        test="tests/store/test_lifecycle.py::TestClaim::test_a_queued_job_is_claimed_once[sqlite]",
    ),
    Mutant(
        name="hold of the recovery",
        file="store/lifecycle.py",
        old="found.with_for_update(of=Job, skip_locked=True)",
        new="found",
        test="tests/faults/test_recovery.py::TestDoubled"
        "::test_every_lost_search_is_queued_once[postgresql]",
    ),
    Mutant(
        name="attempt cap",
        file="store/lifecycle.py",
        old="elif job.attempts_without_progress >= job.max_attempts:",
        new="elif job.attempts_without_progress < 0:",
        test="tests/store/test_lifecycle.py::TestExpiry"
        "::test_attempts_without_progress_are_bounded[sqlite]",
    ),
    Mutant(
        name="new count of attempts with each checkpoint",
        file=_LEASE,
        old='{"attempts_without_progress": 0, "waits": 0} if is_progress else {}',
        new="{}",
        test="tests/store/test_lifecycle.py::TestExpiry"
        "::test_a_checkpoint_starts_the_count_anew[sqlite]",
    ),
    Mutant(
        name="health of the database before leases run out",
        file="worker/recovery.py",
        old="        if self._health.seconds < self._lease_seconds:\n            return\n",
        new="        self._lease_seconds = 0.0\n",
        test="tests/worker/test_recovery.py::TestLostSearches"
        "::test_not_before_the_database_was_healthy_for_a_lease[sqlite]",
    ),
    Mutant(
        name="sha256 of an artifact",
        file="store/artifacts.py",
        old="if hashlib.sha256(data).hexdigest() != sha256:",
        new="if not data:",
        test="tests/worker/test_checkpoints.py::test_what_the_row_says_of_a_checkpoint_counts",
    ),
    Mutant(
        name="sha256 of a checkpoint",
        file="pdarts_core/stages/checkpoint_file.py",
        old="if hashlib.sha256(payload).digest() != digest:",
        new="if not digest:",
        test="tests/pdarts_core/test_checkpoint.py"
        "::test_a_change_that_the_archive_does_not_notice_is_noticed",
    ),
    Mutant(
        name="ring after the commit",
        file="api/endpoint/sessions.py",
        old='event.listen(session, "after_commit", lambda _: resources.doorbell.ring(job_id),'
        " once=True)",
        new="resources.doorbell.ring(job_id)",
        test="tests/api/test_submit.py::TestDoorbell"
        "::test_nobody_is_rung_for_a_search_that_was_not_committed[sqlite]",
    ),
    Mutant(
        name="number of an event inside its transaction",
        file="store/history.py",
        old='values["event_seq"] = Job.event_seq + 1',
        new='values["event_seq"] = session.get_one(Job, job_id).event_seq + 1',
        test=_AT_ONCE,
    ),
    Mutant(
        name="version inside its transaction",
        file="store/history.py",
        old='values["version"] = Job.version + 1',
        new='values["version"] = session.get_one(Job, job_id).version + 1',
        test=_AT_ONCE,
    ),
    Mutant(
        name="recognition of a commit whose reply was lost",
        file="worker/writing.py",
        old="if self._ready is not None and self._is_committed(session, self._ready):",
        new="if self._ready is not None and not self._ready:",
        test="tests/worker/test_writing.py"
        "::test_a_commit_whose_reply_was_lost_is_not_done_again[sqlite]",
    ),
    Mutant(
        name="transactions of SQLite that begin as writers",
        file="store/database.py",
        old='"BEGIN IMMEDIATE" if immediate else "BEGIN"',
        new='"BEGIN"',
        test="tests/store/test_database.py::test_many_writers_lose_no_update[sqlite]",
    ),
    Mutant(
        name="file of the database against the one that was opened",
        file="store/database_file.py",
        old="if self._opened is not None and self._identity() != self._opened:",
        new="if self._opened is None and self._identity() is None:",
        test="tests/api/test_database_watch.py::TestSqlite::test_its_file_is_gone[nothing]",
    ),
    Mutant(
        name="file of the database after the commit",
        file="store/database.py",
        old="        self._check_file()\n        changed =",
        new="        changed =",
        test="tests/api/test_database_watch.py::TestSqlite::test_it_goes_while_a_request_writes",
    ),
    Mutant(
        name="share of an owner in the sender's places",
        file="store/webhooks.py",
        old="if has[owner] < free - len(chosen):",
        new="if has[owner] < free:",
        test="tests/store/test_webhooks.py"
        "::test_an_owner_with_many_leaves_room_for_others[sqlite-16-of_owners0-taken_of0]",
    ),
    Mutant(
        name="members of a checkpoint before they are unpacked",
        file="pdarts_core/stages/checkpoint_archive.py",
        old="if any(member.compress_type != zipfile.ZIP_STORED for member in found):",
        new="if not found:",
        test="tests/pdarts_core/test_checkpoint.py::TestWithTheRightDigest"
        "::test_what_inflates_is_refused_before_it_is_unpacked",
    ),
    Mutant(
        name="mode of a new database",
        file="migrations/schema.py",
        old="        make_private_file(file)\n",
        new="        file.touch()\n",
        test="tests/store/test_private_files.py"
        "::test_a_database_that_a_setting_places_elsewhere_is_made_private_and_then_left_alone",
    ),
    Mutant(
        name="verdict that is always clear",
        file="pdarts_core/signal/verdict.py",
        old="    verdict = _verdict(gain, agreement, decided / max(decisions, 1))\n",
        new='    verdict: Verdict = "clear"\n',
        test="tests/pdarts_core/test_signal.py::test_noise_is_no_finding",
    ),
    Mutant(
        name="verdict that is always none",
        file="pdarts_core/signal/verdict.py",
        old="    verdict = _verdict(gain, agreement, decided / max(decisions, 1))\n",
        new='    verdict: Verdict = "none"\n',
        test="tests/pdarts_core/test_signal.py::test_a_steady_push_that_lowers_the_loss_is_clear",
    ),
    Mutant(
        name="findings of a network that guesses",
        file="pdarts_core/signal/verdict.py",
        old="if stage.steps and stage.beats_guessing]",
        new="if stage.steps and stage.counts]",
        test="tests/pdarts_core/test_signal.py"
        "::test_no_push_is_a_finding_where_the_network_only_guesses",
    ),
    Mutant(
        name="lead that alphas can buy by fitting noise",
        file="pdarts_core/signal/verdict.py",
        old="    return LEAST_LEAD + math.sqrt(free_alphas)\n",
        new="    return LEAST_LEAD\n",
        test="tests/pdarts_core/test_signal.py"
        "::test_no_push_is_a_finding_where_the_network_only_guesses",
    ),
    Mutant(
        name="alphas that a pruning rests on",
        file="pdarts_core/search.py",
        old="        alphas = alphas_of(stage.network)\n        is_last",
        new="        torch.nn.init.normal_(stage.network.alphas_normal, std=1e-3)\n"
        "        alphas = alphas_of(stage.network)\n        is_last",
        test="tests/pdarts_core/test_search.py::test_pruning_follows_from_the_last_epochs_alphas",
    ),
    Mutant(
        name="gradients that reach a state on other ways",
        file="pdarts_core/mixed/by_kernels/gradients.py",
        old="each[number], accumulates=True)",
        new="each[number], accumulates=False)",
        test=f"{_CELL}::test_output_gradients_and_statistics_are_the_same[averages-False]",
    ),
    Mutant(
        name="dropout that both forms of a cell draw alike",
        file="pdarts_core/mixed/cell.py",
        old="dropout.draw_bits(like, skips) if skips else None",
        new="(\n"
        "            None\n"
        "            if not skips\n"
        "            else dropout.draw_bits(like, skips)\n"
        "            if self.uses_kernels\n"
        "            else torch.cat([dropout.draw_bits(like) for _ in range(skips)])\n"
        "        )",
        test=f"{_CELL}::test_both_forms_draw_dropout_with_the_same_calls",
    ),
)
