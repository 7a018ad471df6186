import ts from 'typescript'
import { symbolOf } from './public-api.js'
import type { Declaration } from './option.js'

/** The most characters of an alias that are shown instead of its name. */
const LONGEST_ALIAS = 90

/** Aliases that are words of their own: what the page explains, and what a step takes as its reader, writer and so on. */
const KNOWN = /^Duration$|Option$/

/** The type of an option as a developer would say it: no `readonly`, few type arguments, short aliases as what they mean. */
export function typeText(checker: ts.TypeChecker, declaration: Declaration): string {
  const { type } = declaration
  const text = type === undefined ? 'unknown' : nodeText(checker, type)
  if (ts.isPropertySignature(declaration)) return plain(text)
  return plain(`(${declaration.parameters.map((parameter) => parameter.getText()).join(', ')}) => ${text}`)
}

function nodeText(checker: ts.TypeChecker, node: ts.TypeNode): string {
  if (ts.isUnionTypeNode(node)) return node.types.map((part) => memberText(checker, part)).join(' | ')
  if (ts.isIntersectionTypeNode(node)) {
    return [...new Set(node.types.map((part) => nodeText(checker, part)))].join(' & ')
  }
  if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword)
    return nodeText(checker, node.type)
  if (ts.isArrayTypeNode(node)) return `${elementText(checker, node.elementType)}[]`
  return ts.isTypeReferenceNode(node) ? referenceText(checker, node) : node.getText()
}

/** In a union, a function is told by its name. */
function memberText(checker: ts.TypeChecker, node: ts.TypeNode): string {
  const declared = ts.isTypeReferenceNode(node) ? symbolOf(checker, node)?.declarations?.[0] : undefined
  const isFunction =
    declared !== undefined && ts.isTypeAliasDeclaration(declared) && ts.isFunctionTypeNode(declared.type)
  return isFunction ? withFewArguments(node as ts.TypeReferenceNode) : nodeText(checker, node)
}

function elementText(checker: ts.TypeChecker, node: ts.TypeNode): string {
  const text = nodeText(checker, node)
  return ts.isTypeReferenceNode(node) && /[|&]/.test(text) ? withFewArguments(node) : text
}

function referenceText(checker: ts.TypeChecker, node: ts.TypeReferenceNode): string {
  const declared = symbolOf(checker, node)?.declarations?.[0]
  if (declared === undefined || declared.getSourceFile().isDeclarationFile) return node.getText()
  if (ts.isTypeParameterDeclaration(declared)) {
    const constraint = declared.constraint === undefined ? node.getText() : nodeText(checker, declared.constraint)
    return constraint.replace(/ \| undefined$/, '')
  }
  if (!ts.isTypeAliasDeclaration(declared) || KNOWN.test(declared.name.text)) return withFewArguments(node)
  if (ts.isConditionalTypeNode(declared.type)) return constraintText(checker, node)
  if (ts.isIntersectionTypeNode(declared.type) || ts.isMappedTypeNode(declared.type)) return withFewArguments(node)
  if (ts.isTypeOperatorNode(declared.type)) return withFewArguments(node)
  const meaning = plain(withArguments(nodeText(checker, declared.type), declared, node))
  return meaning.length <= LONGEST_ALIAS ? meaning : withFewArguments(node)
}

/** What an alias means, with the arguments that it is given. */
function withArguments(
  meaning: string,
  { typeParameters }: ts.TypeAliasDeclaration,
  node: ts.TypeReferenceNode,
): string {
  return (typeParameters ?? []).reduce((text, parameter, index) => {
    const argument = node.typeArguments?.[index] ?? parameter.default
    return argument === undefined
      ? text
      : text.replaceAll(new RegExp(`\\b${parameter.name.text}\\b`, 'g'), argument.getText())
  }, meaning)
}

/** One argument that is a name says something: `ItemReader<T>`. */
function withFewArguments(node: ts.TypeReferenceNode): string {
  const [first, ...others] = node.typeArguments ?? []
  const says = first !== undefined && others.length === 0 && /^[A-Z]$/.test(first.getText())
  return says ? node.getText() : node.typeName.getText()
}

function constraintText(checker: ts.TypeChecker, node: ts.TypeReferenceNode): string {
  const type = checker.getTypeFromTypeNode(node)
  return checker.typeToString(checker.getBaseConstraintOfType(type) ?? type)
}

function plain(text: string): string {
  return withoutWrapper(withoutWrapper(text, 'Readonly<'), 'NonNullable<')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\breadonly /g, '')
    .replaceAll('Extract<keyof T, string>[]', '(keyof T)[]')
    .replaceAll('Extract<keyof T, string>', 'keyof T')
    .replaceAll(/\s+/g, ' ')
    .replace(/^\| /, '')
    .trim()
}

/** Takes `Readonly<` and the bracket that ends it away, and leaves what stands between. */
function withoutWrapper(text: string, wrapper: string): string {
  const start = text.indexOf(wrapper)
  if (start < 0) return text
  const inside = text.slice(start + wrapper.length)
  const end = closing(inside)
  return withoutWrapper(`${text.slice(0, start)}${inside.slice(0, end)}${inside.slice(end + 1)}`, wrapper)
}

/** Where the bracket stands that ends what is open at the beginning. */
function closing(text: string): number {
  let depth = 1
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '<') depth += 1
    // The arrow of a function type is no bracket.
    if (text[index] === '>' && text[index - 1] !== '=') depth -= 1
    if (depth === 0) return index
  }
  return text.length
}
