/** A text that databases store: they refuse NUL and halves of surrogate pairs, which become U+FFFD. */
export function storableText(text: string): string {
  return text.replaceAll(/\0|\p{Surrogate}/gu, '\uFFFD')
}
