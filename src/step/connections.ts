import { PoolTooSmallError } from '../domain/ownership-errors.js'
import type { HeldConnections } from '../item/item-reader.js'
import { innermostWriters, type ItemWriter } from '../item/item-writer.js'
import { quote } from '../support/quote.js'
import type { TransactionManager } from '../transaction/transaction.js'

/** A part of a step, as far as it takes connections. */
export interface ConnectionPart {
  /** What it takes besides the step's transactions. */
  readonly connections?: HeldConnections | readonly HeldConnections[] | undefined
  /** Its own pool: one connection for each open transaction of the step, unless it says otherwise. */
  readonly pool?: object | undefined
}

/** What takes connections while a step runs. */
export interface ConnectionUsers {
  readonly stepName: string
  readonly reader?: Pick<ConnectionPart, 'connections'>
  readonly writer?: ItemWriter<never>
  readonly tasklet?: ConnectionPart
  /** The step's transactions. */
  readonly transaction: TransactionManager
  /** The repository's transactions. */
  readonly repository: TransactionManager
  /** What the step's transactions are for, and how many of them are open at once. */
  readonly work: { readonly what: 'chunks' | 'calls'; readonly atOnce: number }
  /** How many executions of the step run at once, each with all of this except the heartbeat. */
  readonly sideBySide: number
}

interface Use {
  readonly what: string
  readonly connections: HeldConnections
}

/**
 * Adds up what the parts of a step take of each pool at most.
 *
 * @throws PoolTooSmallError a pool is smaller, so that they would wait for each other
 */
export function checkConnections(users: ConnectionUsers): void {
  const pools = new Map<object, Use[]>()
  for (const use of usesOf(users)) {
    const { pool, held } = use.connections
    if (held > 0) pools.set(pool, [...(pools.get(pool) ?? []), use])
  }
  for (const uses of pools.values()) {
    const size = uses.find((use) => use.connections.size !== undefined)?.connections.size
    const needed = uses.reduce((sum, use) => sum + use.connections.held, 0)
    if (size === undefined || needed <= size) continue
    const parts = uses.map(({ what, connections }) => `${what}: ${connections.held}`).join(', ')
    const times = users.sideBySide === 1 ? '' : `, for ${users.sideBySide} partitions at once`
    throw new PoolTooSmallError(`step ${quote(users.stepName)} (${parts}${times})`, needed, size)
  }
}

function usesOf(users: ConnectionUsers): readonly Use[] {
  const { repository, sideBySide } = users
  const uses = usesOfOne(users).map(({ what, connections }) => ({
    what,
    connections: { ...connections, held: connections.held * sideBySide },
  }))
  // A repository without connections has no heartbeat on one.
  if (repository.maxConnections === undefined) return uses
  return [{ what: 'heartbeat', connections: of(repository, 1) }, ...uses]
}

function of({ resource, maxConnections }: TransactionManager, held: number): HeldConnections {
  return { pool: resource, held, size: maxConnections }
}

/** What one execution of the step takes. */
function usesOfOne({ reader, writer, tasklet, transaction, repository, work }: ConnectionUsers): readonly Use[] {
  const { what, atOnce } = work
  const uses: Use[] = [{ what, connections: of(transaction, atOnce) }]
  if (transaction.resource !== repository.resource) {
    uses.push({ what: 'checkpoints', connections: of(repository, atOnce) })
  }
  // Before it returns to its place, while the transaction is open for what it writes in it.
  if (writer?.returnTo !== undefined && innermostWriters(writer).some((part) => part.transactional === true)) {
    uses.push({ what: 'a look at the lease', connections: of(repository, 1) })
  }
  const parts: [what: string, part: ConnectionPart | undefined][] = [
    ['reader', { connections: reader?.connections }],
    ...(writer === undefined ? [] : innermostWriters(writer)).map(
      (part) => ['writer', part] as [string, ConnectionPart],
    ),
    ['tasklet', tasklet],
  ]
  for (const [name, part] of parts) {
    for (const connections of heldBy(part, transaction, atOnce)) uses.push({ what: name, connections })
  }
  return uses
}

function heldBy(
  part: ConnectionPart | undefined,
  { resource }: TransactionManager,
  atOnce: number,
): readonly HeldConnections[] {
  const { connections, pool } = part ?? {}
  if (connections !== undefined) return [connections].flat()
  return pool === undefined || pool === resource ? [] : [{ pool, held: atOnce }]
}
