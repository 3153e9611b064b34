"""What keeps files that come in parts whole, and their owners apart: one mutant each."""

from tests.mutants.mutant import Mutant

_TESTS = "tests/api/test_uploads.py"
_STORE = "tests/store/test_uploads.py"
_PARTS = "api/endpoint/upload_parts.py"

UPLOADS = (
    Mutant(
        name="where a part begins",
        file=_PARTS,
        old="if upload_offset != file.size:",
        new="if upload_offset > file.size:",
        test=f"{_TESTS}::TestRefusedParts::test_nothing_of_them_is_kept",
    ),
    Mutant(
        name="checksum of a part",
        file=_PARTS,
        old="if not self._checksum.matches(self._digest):",
        new="if not self._checksum.digest:",
        test=f"{_TESTS}::TestRefusedParts::test_nothing_of_them_is_kept",
    ),
    Mutant(
        name="size of an upload",
        file="api/endpoint/receiving.py",
        old="            if size > most:",
        new="            if size < 0:",
        test=f"{_TESTS}::TestRefusedParts::test_a_file_grows_no_larger_than_it_was_said_to_be",
    ),
    Mutant(
        name="upload deleted while a part comes",
        file=_PARTS,
        old="if file.is_deleted:",
        new="if file.size < 0:",
        test=f"{_TESTS}::TestEndings::test_who_deletes_it_meanwhile_is_obeyed",
    ),
    Mutant(
        name="file of an upload that is deleted as it is made",
        file=_PARTS,
        old="            file = until_committed.enter_context(_open(resources, upload_id))\n",
        new="        file = until_committed.enter_context(_open(resources, upload_id))\n",
        test=f"{_TESTS}::TestEndings::test_who_deletes_it_as_its_first_part_comes_leaves_nothing",
    ),
    Mutant(
        name="lock of an upload",
        file="store/uploads.py",
        old="fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        new="pass",
        test=f"{_STORE}::TestFiles::test_one_writes_at_a_time_to_the_end",
    ),
    Mutant(
        name="owner of an upload",
        file="store/uploads.py",
        old="    return UploadRow.owner == owner, UploadRow.id == upload_id,",
        new="    return UploadRow.id == upload_id,",
        test=f"{_STORE}::TestTakingOver::test_what_is_not_there_cannot_be_had",
    ),
    Mutant(
        name="upload that is not whole",
        file="store/uploads.py",
        old="if have < row.bytes:",
        new="if have < 0:",
        test=f"{_STORE}::TestTakingOver::test_a_part_of_it_is_not_taken",
    ),
    Mutant(
        name="room for uploads",
        file="api/services/uploads.py",
        old="if most_bytes and taken + more > most_bytes:",
        new="if most_bytes and taken > most_bytes:",
        test=f"{_TESTS}::TestRefusedBeginnings::test_all_files_of_an_owner_have_a_bound",
    ),
    Mutant(
        name="file that changed while it was sent",
        file="cli/pushing/source.py",
        old="if state_of(os.fstat(file.fileno())) != state:",
        new="if not state:",
        test="tests/cli/pushing/test_folder_tar.py::test_a_file_that_changes_meanwhile_is_not_sent",
    ),
)
