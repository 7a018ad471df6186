import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { repository, sourceFiles } from './support/architecture/source-file.js'
import { declaredCodes, documentedErrors, errorsWithoutCode, importLine } from './support/error-codes.js'

const files = sourceFiles()
const codes = declaredCodes(files)
const page = join(repository, 'docs/reference/errors.md')
const sections = existsSync(page) ? documentedErrors(readFileSync(page, 'utf8')) : []

describe('error codes', () => {
  test('each error class has a code of its own', () => {
    expect(errorsWithoutCode(files)).toEqual([])
    const again = codes.filter(({ code }, index) => codes.findIndex((other) => other.code === code) !== index)
    expect(again).toEqual([])
  })

  test('each code starts with BATCH_ and is in capitals', () => {
    expect(codes.filter(({ code }) => !/^BATCH(_[A-Z0-9]+)+$/.test(code))).toEqual([])
  })

  test('docs/reference/errors.md has a section for each code, once, in their order, and no other', () => {
    expect(sections.map(({ code }) => code)).toEqual(codes.map(({ code }) => code).toSorted())
  })

  test('each section says which class it is, and what exports it', () => {
    const lines = new Map(codes.map((code) => [code.code, importLine(files, code)]))
    expect(sections.filter(({ code, line }) => line !== lines.get(code)).map(({ code }) => lines.get(code))).toEqual([])
  })

  test('each section says **Cause** and **Remedy**', () => {
    expect(sections.filter(({ hasCause, hasRemedy }) => !hasCause || !hasRemedy)).toEqual([])
  })
})
