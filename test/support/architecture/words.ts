import ts from 'typescript'
import { lineOf, type SourceFile, walk } from './source-file.js'

/** A kind of thing that only some files may touch. */
export interface Reserved {
  /** What it is, for the message. */
  readonly what: string
  /** The files, or folders with a final slash, that may. */
  readonly for: readonly string[]
  /** Global names. */
  readonly globals?: readonly string[]
  /** Members of global names: `Date.now`. */
  readonly members?: readonly string[]
  /** Modules. */
  readonly modules?: readonly string[]
  /** `new Date()` and `Date()`, which read the clock; with an argument they do not. */
  readonly currentDate?: boolean
}

/** Where a reserved thing is used by a file that may not, as `file:line uses …`. */
export function trespasses(files: readonly SourceFile[], rule: Reserved): readonly string[] {
  return files
    .filter(({ path }) => !rule.for.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place)))
    .flatMap((file) => uses(file, rule).map((use) => `${file.path}:${use} (${rule.what})`))
}

/** The files that use a reserved thing, whoever may. */
export function users(files: readonly SourceFile[], rule: Reserved): readonly string[] {
  return files.filter((file) => uses(file, rule).length > 0).map(({ path }) => path)
}

function uses({ tree, imports }: SourceFile, rule: Reserved): readonly string[] {
  const found = imports
    .filter(({ specifier }) => rule.modules?.includes(specifier))
    .map(({ line, specifier }) => `${line} imports ${specifier}`)
  walk(tree, (node) => {
    const name = usedName(node, rule)
    if (name !== undefined) found.push(`${lineOf(tree, node)} uses ${name}`)
  })
  return found
}

function usedName(node: ts.Node, rule: Reserved): string | undefined {
  if (rule.currentDate === true && readsCurrentDate(node)) return 'Date without an argument'
  if (ts.isPropertyAccessExpression(node)) {
    const object = nameOf(node.expression)
    const member = `${object}.${node.name.text}`
    if (rule.members?.includes(member)) return member
    return object === 'globalThis' && rule.globals?.includes(node.name.text) ? member : undefined
  }
  if (!ts.isIdentifier(node) || !rule.globals?.includes(node.text)) return undefined
  return isReference(node) && !isLocal(node) ? node.text : undefined
}

function readsCurrentDate(node: ts.Node): boolean {
  if (!ts.isNewExpression(node) && !ts.isCallExpression(node)) return false
  return nameOf(node.expression) === 'Date' && (node.arguments?.length ?? 0) === 0
}

function nameOf(node: ts.Node): string | undefined {
  return ts.isIdentifier(node) ? node.text : undefined
}

/** Whether an identifier stands for a value, and is not the name of a member, which says nothing. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent)) return parentOperand(parent) === node
  if (ts.isShorthandPropertyAssignment(parent)) return true
  const named = parent as { readonly name?: ts.Node; readonly propertyName?: ts.Node }
  return named.name !== node && named.propertyName !== node && !ts.isTypeNode(parent) && !ts.isJSDoc(parent)
}

function parentOperand(node: ts.PropertyAccessExpression | ts.QualifiedName): ts.Node {
  return ts.isQualifiedName(node) ? node.left : node.expression
}

/** Whether a scope around an identifier declares its name: then it is not the global. */
function isLocal(node: ts.Identifier): boolean {
  for (let scope: ts.Node | undefined = node.parent; scope !== undefined; scope = scope.parent) {
    if (declaredIn(scope).some((name) => declares(name, node.text))) return true
  }
  return false
}

function declaredIn(scope: ts.Node): readonly (ts.BindingName | undefined)[] {
  if (ts.isFunctionLike(scope)) return scope.parameters.map(({ name }) => name)
  if (!ts.isBlock(scope) && !ts.isSourceFile(scope)) return []
  return scope.statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name)
    return ts.isFunctionDeclaration(statement) ? [statement.name] : []
  })
}

function declares(name: ts.BindingName | undefined, text: string): boolean {
  if (name === undefined) return false
  if (ts.isIdentifier(name)) return name.text === text
  return name.elements.some((element) => ts.isBindingElement(element) && declares(element.name, text))
}
