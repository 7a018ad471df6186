import ts from 'typescript'
import { isEntry } from './architecture/floors.js'
import { lineOf, type SourceFile, walk } from './architecture/source-file.js'

/** Where a class declares its error code. */
export interface ErrorCode {
  readonly code: string
  /** The class: `InvalidOptionError`. */
  readonly name: string
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
      if (!isStatic(node) || value === undefined) return
      const name = (node.parent as ts.ClassDeclaration).name?.text ?? ''
      found.push({ code: value, name, place: `${path}:${lineOf(tree, node)}` })
    })
    return found
  })
}

/** The line of the page that says what to import: `` `SortKeyTieError`, from `chunkwise/mysql` or `chunkwise/postgres` ``. */
export function importLine(files: readonly SourceFile[], { name }: ErrorCode): string {
  const entries = files.filter(({ path, tree }) => isEntry(path) && exportsOf(tree).includes(name))
  const subpaths = entries.map(({ path }) => `\`chunkwise/${path.replace(/\.ts$/, '')}\``.replace('/index', ''))
  return `\`${name}\`, from ${subpaths.join(' or ')}`
}

function exportsOf(tree: ts.SourceFile): readonly string[] {
  const clauses = tree.statements.filter(ts.isExportDeclaration).map(({ exportClause }) => exportClause)
  return clauses.flatMap((clause) => {
    return clause !== undefined && ts.isNamedExports(clause) ? clause.elements.map(({ name }) => name.text) : []
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
  /** The line below the heading. */
  readonly line: string
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
      line: section.split('\n')[2] ?? '',
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
