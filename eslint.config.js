import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  { ignores: ["dist/", "node_modules/"] },
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // A promise nobody waits for is a lost event.
      "@typescript-eslint/no-floating-promises": ["error", { checkThenables: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/only-throw-error": "error",
      // What is left out of the rest by name.
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      "max-lines": ["error", { max: 300 }],
    },
  },
  {
    // The decision is pure: it may import nothing but itself.
    files: ["src/core/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ regex: "^(?!\\./)", message: "src/core imports only from src/core." }] },
      ],
      "no-restricted-properties": ["error", { object: "Math", property: "random" }],
      "no-restricted-globals": [
        "error",
        "process",
        "setTimeout",
        "setInterval",
        "Date",
        "crypto",
        "fetch",
        "console",
        "Buffer",
      ],
    },
  },
);
