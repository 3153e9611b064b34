"""What holds archives of strangers back: one mutant each."""

from tests.mutants.mutant import Mutant

_REFUSALS = "tests/worker/test_packing_refusals.py"
_ROOM = "worker/archives"

ARCHIVES = (
    Mutant(
        name="links in a tar",
        file=f"{_ROOM}/tar_archive.py",
        old="if not (info.isreg() or info.isdir()):",
        new="if info.isdev():",
        test=f"{_REFUSALS}::TestUnsafe::test_links_and_devices_in_a_tar",
    ),
    Mutant(
        name="links in a zip",
        file=f"{_ROOM}/zip_archive.py",
        old="if kind not in _TAKEN_KINDS:",
        new="if kind < 0:",
        test=f"{_REFUSALS}::TestUnsafe::test_links_and_devices_in_a_zip",
    ),
    Mutant(
        name="names of members that lead out of the folder",
        file=f"{_ROOM}/names.py",
        old='if ".." in parts:',
        new='if ".." in parts[1:1]:',
        test=f"{_REFUSALS}::TestUnsafe::test_names_that_lead_elsewhere",
    ),
    Mutant(
        name="absolute names of members",
        file=f"{_ROOM}/names.py",
        old='if name.startswith("/") or _DRIVE.match(name):',
        new="if _DRIVE.match(name):",
        test=f"{_REFUSALS}::TestUnsafe::test_names_that_lead_elsewhere",
    ),
    Mutant(
        name="members of a zip that share bytes",
        file=f"{_ROOM}/zip_archive.py",
        old="if begin + _LOCAL_HEADER_BYTES + info.compress_size > following:",
        new="if begin > following:",
        test=f"{_REFUSALS}::TestUnsafe::test_members_of_a_zip_that_share_their_bytes",
    ),
    Mutant(
        name="end mark of a tar",
        file=f"{_ROOM}/tar_archive.py",
        old="if rest != bytes(BLOCK_BYTES):",
        new="if rest is None:",
        test=f"{_REFUSALS}::TestDamaged::test_a_tar_whose_damage_looks_like_its_end",
    ),
    Mutant(
        name="length of a tar's headers",
        file=f"{_ROOM}/tar_archive.py",
        old="if self._are_read and not 0 <= size <= _PIECE:",
        new="if size < 0:",
        test=f"{_REFUSALS}::TestDamaged::test_a_tar_with_a_header_of_gigabytes",
    ),
    Mutant(
        name="headers of a tar that go backwards",
        file=f"{_ROOM}/tar_archive.py",
        old="if info.size < 0 or info.offset <= before:",
        new="if info.offset < 0:",
        test=f"{_REFUSALS}::TestDamaged::test_a_tar_whose_headers_go_backwards",
    ),
    Mutant(
        name="ratio of an archive",
        file=f"{_ROOM}/budget.py",
        old="min(limits.bytes, _MOST_RATIO * archive_bytes + _SPARE_BYTES)",
        new="limits.bytes",
        test=f"{_REFUSALS}::TestTooLarge::test_little_that_unpacks_to_much",
    ),
    Mutant(
        name="bound on what a compressed tar is unpacked to",
        file=f"{_ROOM}/opening.py",
        old="            budget.check_unpacked(size)\n",
        new="",
        test=f"{_REFUSALS}::TestTooLarge"
        "::test_a_compressed_tar_is_not_unpacked_past_what_is_allowed",
    ),
    Mutant(
        name="two members of one name",
        file=f"{_ROOM}/layout.py",
        old="if member.path in found.images or member.path in found.others:",
        new="if member.path in found.others:",
        test=f"{_REFUSALS}::TestEncryptedAndDuplicate::test_two_members_of_one_name",
    ),
    Mutant(
        name="length of a member",
        file=f"{_ROOM}/packing.py",
        old="    if left:\n",
        new="    if left is None:\n",
        test=f"{_REFUSALS}::TestDamaged::test_a_zip_that_says_another_size",
    ),
    Mutant(
        name="end of a program with the request",
        file="api/resources/mortal_program.py",
        old="                self._process.kill()\n",
        new="                pass\n",
        test="tests/api/test_mortal_program.py::test_it_ends_with_whoever_waits_for_it",
    ),
)
