"""`next_id(shard)`: ids of 63 bits that sort by time and say where their row lives.

41 bits of milliseconds since 2026-01-01, 12 of the owner's logical shard, 10 of a sequence. Time and sequence are
one number of 51 bits kept by the sequence `id_clock`, a hybrid logical clock (Kulkarni et al., 2014): every id takes
the next value, and when the wall clock has gone ahead the sequence is moved up to it. So no two ids of a database
are equal, however many are made within a millisecond.

Moving the sequence is the one step that is not atomic. It is done under an advisory lock, and only from more than
2 ms (2,048 values) behind, while everybody who is more than 1 ms behind waits for that lock first: the 1,024 values
between the two bounds are more than there are connections, so nobody can have taken a value beyond the target
when it is set.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

NEXT_ID = """
CREATE FUNCTION next_id(shard integer) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  ticks bigint := nextval('id_clock');
  now_ticks bigint := (extract(epoch FROM clock_timestamp()) * 1000 - 1767225600000)::bigint << 10;
BEGIN
  IF ticks < now_ticks - 1024 THEN
    PERFORM pg_advisory_lock(1212501063);
    BEGIN
      ticks := nextval('id_clock');
      IF ticks < now_ticks - 2048 THEN
        ticks := setval('id_clock', now_ticks);
      END IF;
    EXCEPTION WHEN query_canceled OR OTHERS THEN
      PERFORM pg_advisory_unlock(1212501063);
      RAISE;
    END;
    PERFORM pg_advisory_unlock(1212501063);
  END IF;
  RETURN ((ticks >> 10) << 22) | ((shard & 4095)::bigint << 10) | (ticks & 1023);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0001_tables")]

    operations = [
        ops.RunSQL("CREATE SEQUENCE id_clock", reverse_sql="DROP SEQUENCE id_clock"),
        ops.RunSQL(NEXT_ID, reverse_sql="DROP FUNCTION next_id(integer)"),
    ]
