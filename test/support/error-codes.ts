import ts from 'typescript'
import { lineOf, type SourceFile, walk } from './architecture/source-file.js'

/** Where a class declares its error code. */
export interface ErrorCode {
  readonly code: string
  /** `domain/option-error.ts:9` */
  readonly place: string
}

/** The codes that classes declare: `static readonly code = 'BATCH_…'`. */
export function declaredCodes(files: readonly SourceFile[]): readonly ErrorCode[] {
  return files.flatMap(({ path, tree }) => {
    const found: ErrorCode[] = []
    walk(tree, (node) => {
      if (!ts.isPropertyDeclaration(node) || !ts.isIdentifier(node.name) || node.name.text !== 'code') return
      const value = literal(node.initializer)
      if (isStatic(node) && value !== undefined) found.push({ code: value, place: `${path}:${lineOf(tree, node)}` })
    })
    return found
  })
}

/** Concrete classes named `…Error` that declare no code of their own: `instanceof` could not tell them apart. */
export function errorsWithoutCode(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, tree }) => {
    const found: string[] = []
    walk(tree, (node) => {
      if (!ts.isClassDeclaration(node) || node.name?.text.endsWith('Error') !== true) return
      const isAbstract = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AbstractKeyword) === true
      const extendsSomething =
        node.heritageClauses?.some(({ token }) => token === ts.SyntaxKind.ExtendsKeyword) === true
      const members = node.members.filter((member) => member.name !== undefined && ts.isIdentifier(member.name))
      const hasCode = members.some((member) => (member.name as ts.Identifier).text === 'code' && isStatic(member))
      if (!isAbstract && extendsSomething && !hasCode) found.push(`${path}:${lineOf(tree, node)} ${node.name.text}`)
    })
    return found
  })
}

/** One section of the page of errors: a heading of the second level and what follows it. */
export interface ErrorSection {
  readonly code: string
  readonly hasCause: boolean
  readonly hasRemedy: boolean
}

/** The sections of docs/reference/errors.md. */
export function documentedErrors(markdown: string): readonly ErrorSection[] {
  return markdown
    .split(/^## /m)
    .slice(1)
    .map((section) => ({
      code: section.slice(0, section.indexOf('\n')).replaceAll('`', '').trim(),
      hasCause: /\*\*Cause[.:]?\*\*\W*\w/.test(section),
      hasRemedy: /\*\*Remedy[.:]?\*\*\W*\w/.test(section),
    }))
}

function isStatic(member: ts.ClassElement): boolean {
  return (
    ts.canHaveModifiers(member) &&
    (ts.getModifiers(member) ?? []).some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)
  )
}

function literal(node: ts.Expression | undefined): string | undefined {
  const inner = node !== undefined && ts.isAsExpression(node) ? node.expression : node
  return inner !== undefined && ts.isStringLiteralLike(inner) ? inner.text : undefined
}
