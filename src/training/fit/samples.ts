/** What may be predicted: a data set, samples, or pictures as they are read from files. */
import { type DataSet, dataSet, type Field, type Fields, type Picture, type Sample, toFieldPicture, UserError } from "../../data/index.ts";

/** A sample by its fields, or a picture where the networks look at one picture only. */
export type Question = Sample | Picture;

export const isPicture = (question: Question | DataSet | readonly Question[]): question is Picture =>
  "width" in question && typeof question.width === "number" && "data" in question;

/** Samples that have only the fields that are looked at. Pictures, where that is not one picture field: UserError. */
export function asDataSet(questions: DataSet | readonly Question[], fields: Fields): DataSet {
  if ("fields" in questions) return questions;
  const [name, ...more] = Object.keys(fields);
  const fromPicture = (picture: Picture): Sample => {
    if (name === undefined || more.length > 0 || !fields[name].picture)
      throw new UserError(
        `predict: a picture alone does not answer for ${Object.keys(fields).join(", ") || "no fields"}; give samples with these fields`,
      );
    return { [name]: toFieldPicture(picture, fields[name]) };
  };
  const bag = Object.keys(fields).find((key) => fields[key].bag);
  return dataSet({
    size: questions.length,
    fields,
    ...(bag !== undefined && { lengths: questions.map((question) => bagLength(question, bag, fields[bag])) }),
    get: (i) => {
      const question = questions[i];
      return isPicture(question) ? fromPicture(question) : question;
    },
  });
}

/** How many instances a sample's bag holds. */
function bagLength(question: Question, bag: string, { shape }: Field): number {
  if (isPicture(question) || !(bag in question)) throw new UserError(`predict: give samples with the field ${bag}`);
  return question[bag].length / shape.reduce((product, extent) => product * extent, 1);
}
