import { quoteIdentifier } from '../../sql/identifier.js'
import type { TableColumn } from '../../sql/postgres/table-columns.js'

/** What a statement does with a chunk. */
export interface WritePlan {
  readonly mode: 'insert' | 'update' | 'delete'
  /** The quoted table. */
  readonly table: string
  readonly columns: readonly TableColumn[]
  /** The columns, by index, that find a row: of the conflict, or of the WHERE. Empty for a plain insert. */
  readonly keys: readonly number[]
  readonly onConflict: 'update' | 'nothing' | undefined
  /** Whether the answer says which items had no row. */
  readonly reportsMissing: boolean
}

/**
 * The statement that writes a chunk, given one array a column. With `distinct` the database drops the items that a later
 * item of the same key replaces; else the caller did.
 */
export function writeStatement(plan: WritePlan, distinct: boolean): string {
  if (plan.mode === 'insert') return insertStatement(plan, distinct)
  const change = plan.mode === 'update' ? updateStatement(plan) : deleteStatement(plan)
  const source = withItems(plan, distinct)
  if (!plan.reportsMissing) return `${source}\n${change}`
  return `${source},
hit AS (${change} RETURNING v.n)
SELECT count(*), min(v.n), (SELECT count(*) FROM v) FROM v WHERE v.n NOT IN (SELECT hit.n FROM hit)`
}

function insertStatement(plan: WritePlan, distinct: boolean): string {
  const { table, columns } = plan
  const into = `INSERT INTO ${table} (${columns.map(({ name }) => quoteIdentifier(name)).join(', ')})`
  const conflict = conflictClause(plan)
  if (!distinct)
    return `${into}\nSELECT ${casts(columns).join(', ')} FROM ${unnest(columns)} AS u (${aliases(columns)})${conflict}`
  return `${withItems(plan, true)}\n${into}\nSELECT ${columns.map((_column, i) => `v.c${i}`).join(', ')} FROM v${conflict}`
}

function conflictClause({ onConflict, keys, columns }: WritePlan): string {
  if (onConflict === undefined) return ''
  const target = keys.map((key) => nameOf(columns, key)).join(', ')
  if (onConflict === 'nothing') return `\nON CONFLICT (${target}) DO NOTHING`
  const others = columns.map((_column, index) => index).filter((index) => !keys.includes(index))
  // With nothing else to set the row is still touched, so that it counts as written.
  const set = (others.length === 0 ? keys : others).map((index) => {
    const name = nameOf(columns, index)
    return `${name} = EXCLUDED.${name}`
  })
  return `\nON CONFLICT (${target}) DO UPDATE SET ${set.join(', ')}`
}

function updateStatement({ table, columns, keys }: WritePlan): string {
  const set = columns.flatMap((_column, i) => (keys.includes(i) ? [] : [`${nameOf(columns, i)} = v.c${i}`]))
  return `UPDATE ${table} AS t SET ${set.join(', ')} FROM v WHERE ${match(columns, keys)}`
}

function deleteStatement({ table, columns, keys }: WritePlan): string {
  return `DELETE FROM ${table} AS t USING v WHERE ${match(columns, keys)}`
}

function match(columns: readonly TableColumn[], keys: readonly number[]): string {
  return keys.map((key) => `t.${nameOf(columns, key)} = v.c${key}`).join(' AND ')
}

/** `v`: the items as rows with their numbers `n`, those with equal keys once: the last. NULL equals nothing. */
function withItems({ columns, keys }: WritePlan, distinct: boolean): string {
  const list = casts(columns).map((cast, i) => `${cast} AS c${i}`)
  const rows = `SELECT ${list.join(', ')}, u.n FROM ${unnest(columns)} WITH ORDINALITY AS u (${aliases(columns)}, n)`
  if (!distinct) return `WITH v AS MATERIALIZED (${rows})`
  const same = keys.map((key) => `later.c${key} = v.c${key}`).join(' AND ')
  return `WITH item AS MATERIALIZED (${rows}),
v AS MATERIALIZED (
  SELECT * FROM item AS v WHERE NOT EXISTS (SELECT FROM item AS later WHERE ${same} AND later.n > v.n)
)`
}

/** Each column's array is of its type without length, since a cast to a length cuts silently. */
function unnest(columns: readonly TableColumn[]): string {
  return `unnest(${columns.map(({ type, asText }, i) => `$${i + 1}::${asText ? 'text' : type}[]`).join(', ')})`
}

function casts(columns: readonly TableColumn[]): readonly string[] {
  return columns.map(({ type, asText, collation }, i) => {
    const value = asText ? `u.c${i}::${type}` : `u.c${i}`
    return collation === undefined ? value : `${value} COLLATE ${collation}`
  })
}

function aliases(columns: readonly TableColumn[]): string {
  return columns.map((_column, i) => `c${i}`).join(', ')
}

function nameOf(columns: readonly TableColumn[], index: number): string {
  return quoteIdentifier((columns[index] as TableColumn).name)
}
