/** What the Content-Security-Policy forbade on this page, as it happens. */
export function watchPage() {
  const violations = []
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => { violations.push(`${violatedDirective} ${blockedURI}`) })
  return violations
}
