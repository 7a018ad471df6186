import { quoteIdentifier } from '../../sql/identifier.js'
import type { PostgresColumn } from './postgres-catalog.js'
import type { WritePlan } from './write-plan.js'

type Plan = Omit<WritePlan<PostgresColumn>, 'owner' | 'name'>

/**
 * The statement that writes a chunk, given one array a column. With `distinct` the database drops the items that a later
 * item of the same key replaces; else the caller did.
 */
export function writeStatement(plan: Plan, distinct: boolean): string {
  if (plan.mode === 'insert') return insertStatement(plan, distinct)
  const change = plan.mode === 'update' ? updateStatement(plan) : deleteStatement(plan)
  const source = withItems(plan, distinct)
  if (!plan.checkRows) return `${source}\n${change}`
  return `${source},
hit AS (${change} RETURNING v.n)
SELECT count(*), min(v.n), (SELECT count(*) FROM v) FROM v WHERE v.n NOT IN (SELECT hit.n FROM hit)`
}

function insertStatement(plan: Plan, distinct: boolean): string {
  const { table, columns } = plan
  const into = `INSERT INTO ${table} (${columns.map(({ name }) => quoteIdentifier(name)).join(', ')})`
  const conflict = conflictClause(plan)
  if (!distinct)
    return `${into}\nSELECT ${casts(columns).join(', ')} FROM ${unnest(columns)} AS u (${aliases(columns)})${conflict}`
  return `${withItems(plan, true)}\n${into}\nSELECT ${columns.map((_column, i) => `v.c${i}`).join(', ')} FROM v${conflict}`
}

function conflictClause({ onConflict, keys, columns }: Plan): string {
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

function updateStatement({ table, columns, keys }: Plan): string {
  const set = columns.flatMap((_column, i) => (keys.includes(i) ? [] : [`${nameOf(columns, i)} = v.c${i}`]))
  return `UPDATE ${table} AS t SET ${set.join(', ')} FROM v WHERE ${match(columns, keys)}`
}

function deleteStatement({ table, columns, keys }: Plan): string {
  return `DELETE FROM ${table} AS t USING v WHERE ${match(columns, keys)}`
}

function match(columns: readonly PostgresColumn[], keys: readonly number[]): string {
  return keys.map((key) => `t.${nameOf(columns, key)} = v.c${key}`).join(' AND ')
}

/** `v`: the items as rows with their numbers `n`, those with equal keys once: the last. NULL equals nothing. */
function withItems({ columns, keys }: Plan, distinct: boolean): string {
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
function unnest(columns: readonly PostgresColumn[]): string {
  return `unnest(${columns.map(({ type, asText }, i) => `$${i + 1}::${asText ? 'text' : type}[]`).join(', ')})`
}

function casts(columns: readonly PostgresColumn[]): readonly string[] {
  return columns.map(({ type, asText, collation }, i) => {
    const value = asText ? `u.c${i}::${type}` : `u.c${i}`
    return collation === undefined ? value : `${value} COLLATE ${collation}`
  })
}

function aliases(columns: readonly PostgresColumn[]): string {
  return columns.map((_column, i) => `c${i}`).join(', ')
}

function nameOf(columns: readonly PostgresColumn[], index: number): string {
  return quoteIdentifier((columns[index] as PostgresColumn).name)
}
