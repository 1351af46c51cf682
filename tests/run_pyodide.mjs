// node run_pyodide.mjs 배포판 휠 스크립트: 강좌의 휠을 푼 브라우저의 파이썬에서 스크립트를 실행합니다.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, wheel, script, ...packages] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")));
try {
  const stdout = (line) => console.log(line);
  const python = await loadPyodide({ indexURL: folder, packages, stdout });
  python.unpackArchive(new Uint8Array(readFileSync(wheel)), "wheel");
  python.runPython(readFileSync(script, "utf8"));
} catch (error) {
  // 그대로 두면 한 줄이 1 MB인 Pyodide의 코드까지 보입니다.
  console.error(error.message);
  process.exitCode = 1;
}
