/**
 * SQL for a bound text as a value of a type. Not a plain CAST of the placeholder: MySQL takes that for a parameter of the
 * type itself, and makes another value of the text: an UNSIGNED beyond 2^63 is cut, a TIME is zero.
 */
export function castText(placeholder: string, type: string): string {
  return `CAST(CONCAT(${placeholder}) AS ${type})`
}
