import { describe, expect, test } from 'vitest'
import { forbiddenImports, type House, importCycles } from './floors.js'
import { anyTypes, forbiddenForms, tooLong } from './shape.js'
import { parse, type SourceFile } from './source-file.js'
import { trespasses } from './words.js'

const HOUSE: House = {
  floors: { support: 0, domain: 1, item: 4, listener: 4, step: 5, testing: 8 },
  plugs: ['item/memory', 'item/file'],
  plugExceptions: { testing: ['item/memory'] },
  packages: { 'p-limit': ['step'] },
}

const sources = (texts: Record<string, string>): SourceFile[] =>
  Object.entries(texts).map(([path, text]) => parse(path, text))

describe('the rules of the architecture', () => {
  test('imports that go up, sideways or into a plug are found, in every form of import', () => {
    const found = forbiddenImports(
      sources({
        'domain/a.ts': `import type { B } from '../item/b.js'\nexport { c } from '../step/c.js'`,
        'item/b.ts': `type C = import('../listener/c.js').C\nconst d = await import('./memory/d.js')`,
        'item/file/e.ts': `import '../memory/d.js'\nimport '../b.js'\nimport '../../domain/a.js'`,
        'step/f.ts': `import '../index.js'\nimport 'p-limit'\nimport 'fs'\nimport 'lodash/fp'\nimport '../attic/g.js'`,
        'testing/h.ts': `import '../item/memory/d.js'\nimport '../item/file/e.js'`,
        'index.ts': `export { d } from './item/memory/d.js'`,
      }),
      HOUSE,
    )
    expect(found).toEqual([
      'domain/a.ts:1 -> item/b.ts: item is above domain',
      'domain/a.ts:2 -> step/c.ts: step is above domain',
      'item/b.ts:1 -> listener/c.ts: item and listener are on one floor',
      'item/b.ts:2 -> item/memory/d.ts: item/memory is a plug; only entry files import it',
      'item/file/e.ts:1 -> item/memory/d.ts: item/memory is a plug; only entry files import it',
      'step/f.ts:1 -> index.ts: is an entry file; nothing in src imports those',
      'step/f.ts:3 -> fs: is written node:fs',
      'step/f.ts:4 -> lodash/fp: is a package that src does not use',
      'step/f.ts:5 -> attic/g.ts: the folder attic has no floor',
      'testing/h.ts:2 -> item/file/e.ts: item/file is a plug; only entry files import it',
    ])
  })

  test('cycles of files and of folders are found', () => {
    const found = importCycles(
      sources({
        'step/a.ts': `import type { B } from './b.js'`,
        'step/b.ts': `import { A } from './a.js'`,
        'job/c.ts': `import './flow/d.js'`,
        'job/flow/d.ts': `import '../e.js'`,
        'job/e.ts': '',
      }),
    )
    expect(found).toEqual(['step/a.ts -> step/b.ts -> step/a.ts', 'job -> job/flow -> job'])
  })

  test('forbidden forms are found', () => {
    const found = forbiddenForms(
      sources({
        'step/index.ts': '',
        'step/a.ts': `export * from './b.js'\nexport default 1\nexport default class A {}\nexport { a as default }`,
        'index.ts': `export { a } from './step/a.js'\nconst b = 1\nexport { b }`,
      }),
    )
    expect(found).toHaveLength(7)
  })

  test('reserved words are found as values, and not as names of members', () => {
    const text = `
      interface Processor { process(item: number): number }
      const method = { process: (x: number) => x }
      export class P { process() { return this.process() } }
      export const fine = [new Date(0), method.process(1), Date.parse('')] // process, console, Date.now()
      function local(process: () => void) { const { console } = method; return [process(), console] }
      export const wrong = [process.pid, globalThis.process, console, new Date(), Date.now(), setTimeout]`
    const rule = {
      what: 'reserved',
      for: ['cli/'],
      globals: ['process', 'console', 'setTimeout'],
      members: ['Date.now'],
      currentDate: true,
    }
    const found = trespasses(sources({ 'step/a.ts': text, 'cli/b.ts': text }), rule)
    expect(found).toHaveLength(6)
    expect(found.every((line) => line.startsWith('step/a.ts:7 uses '))).toBe(true)
  })

  test('long files, long functions and bare any are found', () => {
    const body = '\n'.repeat(10)
    const long = sources({ 'step/a.ts': `export function f() {${body}}`, 'step/b.ts': `const a = 1${body}const b = 2` })
    expect(tooLong(long, 11, 10)).toEqual(['step/a.ts:1: a function of 11 lines, at most 10'])
    expect(tooLong(long, 10, 11)).toEqual(['step/a.ts: 11 lines, at most 10', 'step/b.ts: 11 lines, at most 10'])
    const anys = anyTypes(
      sources({
        'step/a.ts':
          `// any job: its parameters are contravariant\ntype A = any\n\ntype B = any\n\n` +
          `// oxlint-disable-next-line typescript/no-explicit-any\ntype C = any`,
      }),
    )
    expect(anys.map(({ hasReason }) => hasReason)).toEqual([true, false, false])
  })
})
