// Monaco's two widgets that compare files, which nothing here makes; its API names them, and they are a tenth of it.
export class DiffEditorWidget {}
export class MultiDiffEditorWidget {}
