import pg from 'pg'
import { inject } from 'vitest'
import { openly } from '../../scripts/run.mjs'

/** Builds the package if it has changed: the processes that are killed run what is built. One test file at a time. */
export async function builtPackage(): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  try {
    // Kept until the connection ends.
    await client.query("select pg_advisory_lock(hashtext('chunkwise build'))")
    if ((await openly(['scripts/build.mjs'])) !== 0) throw new Error('the package does not build: see above')
  } finally {
    await client.end()
  }
}
