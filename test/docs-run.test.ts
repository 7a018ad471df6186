import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { repository } from './support/architecture/source-file.js'
import { docExamples } from './support/doc-examples.js'

// Those that need a database are run by the tests of what they show.
const ALONE = /^(chunkwise|chunkwise\/(testing|decorators|nestjs)|@nestjs\/.*|node:(?!test).*)$/

const folder = join(repository, 'test/.doc-examples')
const examples = docExamples().filter(({ text }) =>
  [...text.matchAll(/from '([^']+)'/g)].every(([, name]) => ALONE.test(name ?? '')),
)

describe('examples that need no database', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('there are some, of the pages and of the doc comments', () => {
    expect(examples.some(({ file }) => file.startsWith('docs/'))).toBe(true)
    expect(examples.some(({ file }) => file.startsWith('src/'))).toBe(true)
  })

  test.each(examples)('$file:$line runs', async ({ file, line, text }) => {
    mkdirSync(folder, { recursive: true })
    const path = join(folder, `${file.replaceAll(/[^a-z]/g, '-')}-${line}.ts`)
    writeFileSync(path, text)
    await import(path)
  })
})
