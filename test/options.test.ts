import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { optionsOf } from '../scripts/options-reference/option.js'
import { optionsPage } from '../scripts/options-reference/page.js'
import { publicApi } from '../scripts/options-reference/public-api.js'
import { sectionsOf } from '../scripts/options-reference/sections.js'
import { repository } from './support/architecture/source-file.js'
import { checkedNames } from './support/known-options.js'

const api = publicApi()
const sections = sectionsOf(api)
const options = sections.flatMap((section) =>
  section.options.map((option) => ({ ...option, place: `${section.names[0]}.${option.name}` })),
)
const page = join(repository, 'docs/reference/options.md')

/** The exported types that are called options, with the names of theirs. */
function exportedTypes(): readonly { readonly type: string; readonly names: readonly string[] }[] {
  const { checker, subpaths } = api
  const types = subpaths.flatMap(({ exports }) => exports).filter(({ name }) => name.endsWith('Options'))
  return types
    .map(({ name, symbol }) => ({ name, declared: checker.getDeclaredTypeOfSymbol(symbol) }))
    .filter(({ declared }) => (declared.flags & ts.TypeFlags.Conditional) === 0)
    .map(({ name, declared }) => ({ type: name, names: optionsOf(checker, [declared]).map((option) => option.name) }))
}

describe('the reference of options', () => {
  test('says what the doc comments say: if not, run npm run docs:options', () => {
    expect(existsSync(page) ? readFileSync(page, 'utf8') : '').toBe(optionsPage(api))
  })

  test('has each exported type of options, in a section of its own or of who takes it', () => {
    const missing = exportedTypes().filter(({ names }) => {
      return !sections.some((section) => names.every((name) => section.options.some((option) => option.name === name)))
    })
    // What is handed to the constructor of an error, which is no business of a user.
    expect(missing.map(({ type }) => type)).toEqual(['BatchErrorOptions'])
  })

  test('each option has a doc comment', () => {
    expect(
      options.filter(({ text, default: value }) => text === '' && value === undefined).map(({ place }) => place),
    ).toEqual([])
  })

  test('each option that may be left out says its default', () => {
    const silent = options.filter(({ required, default: value }) => required === 'no' && value === undefined)
    expect([...new Set(silent.map(({ place }) => place))]).toEqual([])
  })
})

describe('the names that are checked at run time', () => {
  const checks = checkedNames(api)

  test('are those of the types', () => {
    expect(checks.filter(({ different = [] }) => different.length > 0)).toEqual([])
  })

  test('can be read, but for those that the shape of the options decides', () => {
    const unread = checks.filter(({ different }) => different === undefined)
    expect(unread.map(({ place }) => place)).toEqual(['item/http/page-plan.ts: pages'])
  })
})
