import ts from 'typescript'
import { isEntry } from './floors.js'
import { lineOf, type SourceFile, walk } from './source-file.js'

/** Forms that no file of src takes: index files, `export *`, default exports, and entry files that do more than re-export. */
export function forbiddenForms(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) => [
    ...(file.path.endsWith('/index.ts') ? [`${file.path}: an index file; name it for what it holds`] : []),
    ...file.tree.statements.flatMap((statement) => {
      const why = judge(statement, isEntry(file.path))
      return why === undefined ? [] : [`${file.path}:${lineOf(file.tree, statement)}: ${why}`]
    }),
  ])
}

function judge(statement: ts.Statement, inEntry: boolean): string | undefined {
  if (ts.isExportAssignment(statement) || isDefault(statement)) return 'a default export'
  if (!ts.isExportDeclaration(statement)) return inEntry ? 'an entry file holds re-exports only' : undefined
  if (statement.exportClause === undefined || ts.isNamespaceExport(statement.exportClause)) return 'export *'
  if (statement.exportClause.elements.some(({ name }) => name.text === 'default')) return 'a default export'
  return inEntry && statement.moduleSpecifier === undefined ? 'an entry file holds re-exports only' : undefined
}

function isDefault(statement: ts.Statement): boolean {
  if (!ts.canHaveModifiers(statement)) return false
  return (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
}

/** Files and functions that are too long, in lines. A doc comment does not count towards its function. */
export function tooLong(files: readonly SourceFile[], mostPerFile: number, mostPerFunction: number): readonly string[] {
  return files.flatMap(({ path, tree }) => {
    const found: string[] = []
    const lines = tree.text.trimEnd().split('\n').length
    if (lines > mostPerFile) found.push(`${path}: ${lines} lines, at most ${mostPerFile}`)
    walk(tree, (node) => {
      if (!ts.isFunctionLike(node)) return
      const start = lineOf(tree, node)
      const length = tree.getLineAndCharacterOfPosition(node.getEnd()).line + 2 - start
      if (length > mostPerFunction)
        found.push(`${path}:${start}: a function of ${length} lines, at most ${mostPerFunction}`)
    })
    return found
  })
}

/** Each `any` in types, and whether a comment on its line or the line above gives a reason. */
export function anyTypes(files: readonly SourceFile[]): readonly { place: string; path: string; hasReason: boolean }[] {
  return files.flatMap(({ path, tree }) => {
    const lines = tree.text.split('\n')
    const found: { place: string; path: string; hasReason: boolean }[] = []
    walk(tree, (node) => {
      if (node.kind !== ts.SyntaxKind.AnyKeyword) return
      const line = lineOf(tree, node)
      const hasReason = [lines[line - 1], lines[line - 2]].some((text) => givesReason(text ?? ''))
      found.push({ place: `${path}:${line}`, path, hasReason })
    })
    return found
  })
}

/** A comment; one that silences the linter must say why behind its dashes. */
function givesReason(line: string): boolean {
  const comment = /(?:\/\/|\/\*|^\s*\*)\s*(.*)/.exec(line)?.[1] ?? ''
  const said = /^(?:ox|es)lint-disable/.test(comment) ? (/--\s*(.*)/.exec(comment)?.[1] ?? '') : comment
  return /\p{L}{2,} \p{L}/u.test(said)
}
