"""SQL that has PostgreSQL refuse new jobs as it does on a full disk."""

CREATE_FULL_DISK = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON jobs EXECUTE FUNCTION full_disk()
"""
DROP_FULL_DISK = "DROP TRIGGER full_disk ON jobs; DROP FUNCTION full_disk()"
