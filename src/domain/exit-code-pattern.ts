/** A pattern for exit codes: `*` stands for any text, `?` for one character. Checked, with its wildcards counted. */
export interface ExitCodePattern {
  readonly text: string
  readonly stars: number
  readonly marks: number
}

/** The pattern of a text. */
export function exitCodePattern(text: string): ExitCodePattern {
  const count = (wildcard: string): number => text.split(wildcard).length - 1
  return { text, stars: count('*'), marks: count('?') }
}

/** Whether the whole code matches. Takes no longer than the product of the two lengths, whatever the pattern. */
export function matchesExitCode({ text }: ExitCodePattern, code: string): boolean {
  const pattern = Array.from(text)
  const letters = Array.from(code)
  let at = 0
  let star = -1
  let starredTo = 0
  for (let letter = 0; letter < letters.length;) {
    if (pattern[at] === '*') {
      star = at++
      starredTo = letter
    } else if (pattern[at] === '?' || pattern[at] === letters[letter]) {
      at++
      letter++
    } else if (star >= 0) {
      // The last star takes one letter more, and the rest is tried again.
      at = star + 1
      letter = ++starredTo
    } else {
      return false
    }
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}

/**
 * Negative when `a` is the more specific: no wildcard before only `?` before any `*`; fewer wildcards of a kind first;
 * then the longer; then the one that comes first in the alphabet.
 */
export function compareSpecificity(a: ExitCodePattern, b: ExitCodePattern): number {
  const alphabetical = a.text < b.text ? -1 : Number(a.text > b.text)
  return a.stars - b.stars || a.marks - b.marks || b.text.length - a.text.length || alphabetical
}
