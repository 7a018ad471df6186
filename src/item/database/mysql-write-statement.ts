import { quoteBackticks } from '../../sql/identifier.js'
import type { MysqlColumn } from './mysql-catalog.js'
import type { WritePlan } from './write-plan.js'

type Plan = Pick<WritePlan<MysqlColumn>, 'table' | 'columns' | 'keys' | 'onConflict'>

/** The statement that inserts a number of rows, as a function of that number. */
export function insertStatement(plan: Plan): (rows: number) => string {
  const names = plan.columns.map(({ name }) => quoteBackticks(name)).join(', ')
  const row = `(${plan.columns.map(() => '?').join(',')})`
  const head = `INSERT INTO ${plan.table} (${names}) VALUES ${row}`
  const tail = conflictClause(plan)
  return (rows) => `${head}${`,${row}`.repeat(rows - 1)}${tail}`
}

/** The statement that sets the other columns of an item's row. Its values: those columns, then the keys. */
export function updateStatement({ table, columns, keys }: Plan): string {
  const set = columns.flatMap(({ name }, index) => (keys.includes(index) ? [] : [`${quoteBackticks(name)} = ?`]))
  return `UPDATE ${table} SET ${set.join(', ')} WHERE ${match(columns, keys)}`
}

/** The statement that deletes an item's row. */
export function deleteStatement({ table, columns, keys }: Plan): string {
  return `DELETE FROM ${table} WHERE ${match(columns, keys)}`
}

/** The statement that looks for an item's row. */
export function findStatement({ table, columns, keys }: Plan): string {
  return `SELECT 1 FROM ${table} WHERE ${match(columns, keys)} LIMIT 1`
}

/**
 * MySQL takes a conflict with any unique key for the one that was meant. A row that was found by another key is refused, by
 * a number that is out of range: in the first assignment, so that nothing of the row is changed. `VALUES()` is the one
 * form that MySQL and MariaDB both have.
 */
function conflictClause({ onConflict, columns, keys }: Plan): string {
  if (onConflict === undefined) return ''
  const name = (index: number): string => quoteBackticks((columns[index] as MysqlColumn).name)
  const first = name(keys[0] as number)
  const same = keys.map((key) => `${name(key)} <=> VALUES(${name(key)})`).join(' AND ')
  const fail = `(18446744073709551615 + COALESCE(LENGTH(${first}), 0) + 1)`
  const guard = `${first} = IF(NOT (${same}) AND ${fail}, ${first}, ${first})`
  const others = onConflict === 'nothing' ? [] : columns.flatMap((_column, i) => (keys.includes(i) ? [] : [name(i)]))
  return `\nON DUPLICATE KEY UPDATE ${[guard, ...others.map((other) => `${other} = VALUES(${other})`)].join(', ')}`
}

function match(columns: readonly MysqlColumn[], keys: readonly number[]): string {
  return keys
    .map((key) => {
      const { name, compared } = columns[key] as MysqlColumn
      return `${quoteBackticks(name)} = ${compared}`
    })
    .join(' AND ')
}
