import type { Execute, KeyColumns } from '../read-dialect.js'

type Lossy = KeyColumns['lossy']

/** The character set of the session's answers, where it cannot show every text. */
export async function lossyCharset(execute: Execute): Promise<Lossy> {
  const { rows } = await execute({ text: 'SELECT @@character_set_results' })
  const charset = rows[0]?.[0] ?? 'NULL'
  if (charset === 'utf8mb4') return undefined
  const setting = `character_set_results = ${charset}`
  return { setting, remedy: 'leave the option `charset` of this pool at utf8mb4' }
}

/**
 * Looks at the clock of the session every tenth day from 1992 until TIMESTAMP ends. The server's own zone may be called
 * anything, so that its name says nothing.
 */
const ZONE = `
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 40),
  at (seconds) AS (SELECT 694224000 + (a.i * 41 + b.i) * 864000 FROM n AS a, n AS b)
SELECT @@session.time_zone, VERSION() NOT LIKE '%MariaDB%' AND
  MIN(TIMESTAMPDIFF(SECOND, FROM_UNIXTIME(seconds), FROM_UNIXTIME(seconds + 864000))) < 864000
FROM at WHERE seconds < 2146000000`

/**
 * The time zone of a session of MySQL whose clock is set back, as where summer ends: a TIMESTAMP of a subquery is no instant
 * any more for MySQL but what that clock shows, which stands for two instants then. MariaDB keeps the instant.
 */
export async function lossyTimeZone(execute: Execute): Promise<Lossy> {
  const [zone, isLossy] = (await execute({ text: ZONE })).rows[0] ?? []
  if (isLossy !== '1') return undefined
  const remedy = "SET time_zone = '+00:00', or another offset, in the sessions of this pool"
  return { setting: `time_zone = ${zone ?? ''}`, remedy: `a key is a TIMESTAMP, and this clock is set back: ${remedy}` }
}
