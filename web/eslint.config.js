import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

// Who may import whom: lib <- ui <- features <- app, and lib <- api <- features <- app.
// Inside a folder, imports are "./x"; between folders, "@/folder/x". A feature never
// reaches another feature.
const walls = (files, forbidden, why) => ({
  files,
  rules: {
    "no-restricted-imports": [
      "error",
      { patterns: [{ group: [...forbidden, "../*"], message: why }] },
    ],
  },
});

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts"] },
  js.configs.recommended,
  {
    files: ["src/**/*.{ts,tsx}"],
    extends: [...tseslint.configs.strict, ...tseslint.configs.stylistic, jsxA11y.flatConfigs.strict, reactHooks.configs.flat.recommended],
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/no-non-null-assertion": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "TSEnumDeclaration", message: "Use a union of strings." },
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Attackers write our input." },
      ],
      // The grid's rows carry no handlers of their own for keys: the grid does (aria-activedescendant).
      "jsx-a11y/no-noninteractive-tabindex": ["error", { roles: ["grid", "tabpanel"], tags: [] }],
      "max-lines": ["error", 500],
    },
  },
  walls(["src/lib/**"], ["@/*"], "lib imports nothing of ours."),
  walls(["src/ui/**"], ["@/api/*", "@/app/*", "@/features/*"], "ui imports only lib."),
  walls(["src/api/**"], ["@/ui/*", "@/app/*", "@/features/*"], "api imports only lib."),
  walls(["src/features/**"], ["@/app/*", "@/features/*"], "A feature imports only ui, api and lib."),
  {
    files: ["e2e/**/*.mjs", "scripts/**/*.mjs", "*.js", "public/*.js"],
    languageOptions: {
      globals: {
        PerformanceObserver: "readonly",
        requestAnimationFrame: "readonly",
        process: "readonly", console: "readonly", performance: "readonly", URL: "readonly", fetch: "readonly", setTimeout: "readonly", clearTimeout: "readonly",
        document: "readonly", window: "readonly", localStorage: "readonly", Buffer: "readonly", globalThis: "readonly",
      },
    },
  },
);
