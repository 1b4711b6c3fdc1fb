import WebSockets

/// The page's files, part of the program.
///
/// SwiftPM embeds them as arrays of bytes: a tenth of a megabyte compiles within seconds, needs no Foundation, and
/// leaves nothing to be installed beside the executable.
enum PageFiles {
    private static let files: [String: (type: String, bytes: [UInt8])] = [
        "/": ("text/html; charset=utf-8", PackageResources.index_html),
        "/page.css": (style, PackageResources.page_css),
        "/side.css": (style, PackageResources.side_css),
        "/strip.css": (style, PackageResources.strip_css),
        "/narrow.css": (style, PackageResources.narrow_css),
        "/icon.svg": ("image/svg+xml", PackageResources.icon_svg),
        "/detail.js": (script, PackageResources.detail_js),
        "/dom.js": (script, PackageResources.dom_js),
        "/facts.js": (script, PackageResources.facts_js),
        "/filters.js": (script, PackageResources.filters_js),
        "/flow.js": (script, PackageResources.flow_js),
        "/format.js": (script, PackageResources.format_js),
        "/health.js": (script, PackageResources.health_js),
        "/hour.js": (script, PackageResources.hour_js),
        "/keys.js": (script, PackageResources.keys_js),
        "/list.js": (script, PackageResources.list_js),
        "/main.js": (script, PackageResources.main_js),
        "/market.js": (script, PackageResources.market_js),
        "/panes.js": (script, PackageResources.panes_js),
        "/places.js": (script, PackageResources.places_js),
        "/price.js": (script, PackageResources.price_js),
        "/row.js": (script, PackageResources.row_js),
        "/store.js": (script, PackageResources.store_js),
        "/stream.js": (script, PackageResources.stream_js),
        "/tiers.js": (script, PackageResources.tiers_js),
        "/wallet.js": (script, PackageResources.wallet_js),
    ]

    private static let script = "text/javascript; charset=utf-8"
    private static let style = "text/css; charset=utf-8"

    /// `nil` where there is no such file.
    static func response(for path: String) -> Response? {
        files[path].map { file in
            Response(headers: [("Content-Type", file.type)] + securityHeaders, body: file.bytes)
        }
    }
}

/// What every answer says: nothing from elsewhere runs here, and nothing of this shows elsewhere.
let securityHeaders: [(name: String, value: String)] = [
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
]

extension Response {
    /// A text, with the headers of all our answers.
    static func guarded(_ status: Int, _ text: String, type: String = "text/plain; charset=utf-8") -> Response
    {
        Response(status: status, headers: [("Content-Type", type)] + securityHeaders, body: Array(text.utf8))
    }
}
