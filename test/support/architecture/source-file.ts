import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** The repository's folder. */
export const repository: string = fileURLToPath(new URL('../../..', import.meta.url))

/** One import, re-export, `import()` or `import('…').Type`. */
export interface Import {
  /** As it is written. */
  readonly specifier: string
  /** For a relative one, the file below src it leads to: `domain/batch-error.ts`. */
  readonly target: string | undefined
  readonly line: number
}

/** One file of src, parsed. */
export interface SourceFile {
  /** Below src, with `/`: `domain/batch-error.ts`. */
  readonly path: string
  readonly tree: ts.SourceFile
  readonly imports: readonly Import[]
}

/** All files of src. */
export function sourceFiles(): readonly SourceFile[] {
  const src = join(repository, 'src')
  return readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => parse(relative(src, file).replaceAll(sep, '/'), readFileSync(file, 'utf8')))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** Parses one file; `path` is below src. */
export function parse(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
  const imports: Import[] = []
  walk(tree, (node) => {
    const specifier = importedBy(node)
    if (specifier === undefined) return
    imports.push({ specifier, target: resolve(path, specifier), line: lineOf(tree, node) })
  })
  return { path, tree, imports }
}

/** Calls `visit` for each node below `node`, parents first. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  ts.forEachChild(node, (child) => {
    visit(child)
    walk(child, visit)
  })
}

/** The line on which a node starts, from 1; its doc comment does not count. */
export function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1
}

function importedBy(node: ts.Node): string | undefined {
  const named = ts.isImportDeclaration(node) || ts.isExportDeclaration(node) ? node.moduleSpecifier : undefined
  if (named !== undefined) return textOf(named)
  if (ts.isCallExpression(node) && isLoader(node.expression)) return textOf(node.arguments[0])
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return textOf(node.argument.literal)
  return undefined
}

function isLoader(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')
}

function textOf(node: ts.Node | undefined): string | undefined {
  if (node === undefined) return undefined
  return ts.isStringLiteralLike(node) ? node.text : '(computed)'
}

function resolve(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  return posix.join(dirname(path), specifier).replace(/\.js$/, '.ts')
}
