import WebSockets

/// The headers of every response but those about caching: the page loads nothing from other sites, and other sites can neither embed nor read
/// it.
let securityHeaders: [(name: String, value: String)] = [
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; "
            + "worker-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]

extension Response {
    /// Returns a text response with the ``securityHeaders`` that is not cached.
    static func secured(
        _ status: Int, _ text: String, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status,
            headers: [("Content-Type", type)] + securityHeaders + [("Cache-Control", "no-store")],
            body: Array(text.utf8))
    }
}
