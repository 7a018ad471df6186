/** What the compiler says where two things do not fit together, instead of `never`: a sentence. */
export interface DoesNotFit<Sentence extends string> {
  readonly doesNotFit: Sentence
}
