import type { OptionCheck } from '../domain/check-option.js'
import { nearest } from '../support/nearest.js'
import { splitSql, type SqlSyntax } from './split-sql.js'

/** SQL of a developer, split at its `:name` parameters: `pieces[0] :names[0] pieces[1] …`. */
export interface SqlTemplate {
  readonly pieces: readonly string[]
  readonly names: readonly string[]
}

/**
 * Reads SQL as it is given. `:name` is a parameter, except in quotes and comments; `::` is a cast, `:=` an assignment, and
 * `a[1:n]` a slice. Fails for `$1` or `?`, which would collide with the placeholders.
 */
export function parseSql(check: OptionCheck, option: string, sql: string, syntax: SqlSyntax): SqlTemplate {
  const doubt = syntax.doubt?.(sql)
  if (doubt !== undefined) check.fail(option, sql, doubt)
  const template = splitSql(sql, syntax)
  if (template.placeholder !== undefined) {
    check.fail(option, sql, `SQL with :name parameters: ${template.placeholder} cannot be used`)
  }
  return template
}

/**
 * Numbers the parameters of one statement made of several templates. Where placeholders are numbered, a name has one,
 * however often it is used.
 */
export class ParameterNumbers {
  readonly #syntax: SqlSyntax
  readonly #names: string[] = []

  constructor(syntax: SqlSyntax) {
    this.#syntax = syntax
  }

  /** The names in the order of their placeholders. */
  get names(): readonly string[] {
    return this.#names
  }

  /** The template's SQL with placeholders in the place of its parameters. */
  render(template: SqlTemplate): string {
    let sql = template.pieces[0] ?? ''
    template.names.forEach((name, index) => {
      sql += `${this.#syntax.bind(this.#number(name))}${template.pieces[index + 1] ?? ''}`
    })
    return sql
  }

  #number(name: string): number {
    const known = this.#syntax.numbered ? this.#names.indexOf(name) : -1
    return known >= 0 ? known + 1 : this.#names.push(name)
  }
}

/**
 * Checks that the parameters are the ones the SQL names, no less and no more, and returns their values in the order of
 * `names`.
 */
export function orderParameters(
  check: OptionCheck,
  names: readonly string[],
  parameters: Readonly<Record<string, unknown>>,
): readonly unknown[] {
  const given = Object.keys(parameters)
  for (const name of given) {
    if (names.includes(name)) continue
    const similar = nearest(name, names)
    const hint = similar === undefined ? '' : ` (it uses :${similar})`
    check.fail(`parameters.${name}`, parameters[name], `left out: the SQL does not use :${name}${hint}`)
  }
  return names.map((name) => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    if (value === undefined) check.fail(`parameters.${name}`, value, `given: the SQL uses :${name}`)
    return value
  })
}

/** One statement with `:name` parameters, bound to many sets of values. */
export class BoundSql {
  /** The SQL with placeholders. */
  readonly text: string
  readonly #check: OptionCheck
  readonly #names: readonly string[]

  constructor(check: OptionCheck, option: string, sql: string, syntax: SqlSyntax) {
    const numbers = new ParameterNumbers(syntax)
    this.text = numbers.render(parseSql(check, option, check.text(option, sql), syntax))
    this.#check = check
    this.#names = numbers.names
  }

  /** The values in the order of the placeholders; fails for one that is missing or not used. */
  order(parameters: Readonly<Record<string, unknown>>): readonly unknown[] {
    return orderParameters(this.#check, this.#names, parameters)
  }

  /** The properties that the SQL names; `undefined` is NULL, and a property that is not there an error. */
  pick(item: Readonly<Record<string, unknown>>): readonly unknown[] {
    return this.#names.map((name) => {
      if (!(name in item)) {
        const similar = nearest(name, Object.keys(item))
        const hint = similar === undefined ? '' : ` (it has "${similar}")`
        this.#check.fail(`parameters.${name}`, undefined, `a property of the item${hint}`)
      }
      return item[name]
    })
  }
}
