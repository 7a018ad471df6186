import { describe, expect, test } from 'vitest'
import { compileErrors, docExamples, examplesIn, examplesOf, translations } from './support/doc-examples.js'

describe('examples in pages and doc comments', () => {
  test('each compiles as a module', () => {
    expect(compileErrors(docExamples())).toEqual([])
  }, 120_000)

  test('an example that does not compile is told with its page and line', () => {
    const page = ['# A page', '', '```ts', 'const fine: number = 1', 'const wrong: string = fine', '```', '', '```sh']
    const comment = ['/**', ' * @example', ' * ```ts', ' * await missing()', ' * ```', ' */']
    const examples = [...examplesIn('page.md', page.join('\n')), ...examplesIn('src/a.ts', comment.join('\n'))]
    expect(compileErrors(examples)).toEqual([
      "page.md:5 Type 'number' is not assignable to type 'string'.",
      "src/a.ts:4 Cannot find name 'missing'.",
    ])
  }, 120_000)

  test('a translated page has the code of its original', () => {
    expect(translations().map(({ page }) => page)).toEqual(['README.ko.md', 'docs/ko/getting-started.md'])
    for (const { page, original } of translations())
      expect(
        examplesOf(page).map(({ text }) => text),
        page,
      ).toEqual(examplesOf(original).map(({ text }) => text))
  })
})
