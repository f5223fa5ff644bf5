// Reads shown schemas, one JSON object a line: `sdl`, the text, and `introspection`, the data that introspection
// answers. Each has to be valid as the reference implementation sees it, and both have to be the same schema.
import { readFileSync } from 'node:fs'
import { buildClientSchema, buildSchema, lexicographicSortSchema, printSchema, validateSchema } from 'graphql'

let shapes = 0
for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const { sdl, introspection } = JSON.parse(line)
  try {
    const [text, answer] = [buildSchema(sdl), buildClientSchema(introspection)]
    const errors = [...validateSchema(text), ...validateSchema(answer)]
    if (errors.length > 0) throw errors[0]
    // Introspection here does not tell of @oneOf.
    const [one, other] = [text, answer].map((schema) => printSchema(lexicographicSortSchema(schema)).replaceAll(' @oneOf', ''))
    if (one !== other) throw new Error(`introspection answers another schema:\n${other}`)
  } catch (error) {
    console.error(`${error}\n\n${sdl}`)
    process.exit(1)
  }
  shapes += 1
}
console.log(`${shapes} shapes are valid`)
