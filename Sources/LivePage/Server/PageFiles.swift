import WebSockets

/// The files of the page, embedded in the program.
///
/// SwiftPM compiles them as arrays of bytes. A tenth of a megabyte compiles within seconds, needs no Foundation, and
/// leaves no files to install beside the executable.
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
        "/ranking.js": (script, PackageResources.ranking_js),
        "/price.js": (script, PackageResources.price_js),
        "/row.js": (script, PackageResources.row_js),
        "/store.js": (script, PackageResources.store_js),
        "/stream.js": (script, PackageResources.stream_js),
        "/tiers.js": (script, PackageResources.tiers_js),
        "/wallet.js": (script, PackageResources.wallet_js),
    ]

    private static let script = "text/javascript; charset=utf-8"
    private static let style = "text/css; charset=utf-8"

    /// Returns the file at a path; `nil` if there is none.
    static func response(for path: String) -> Response? {
        files[path].map { file in
            Response(headers: [("Content-Type", file.type)] + securityHeaders, body: file.bytes)
        }
    }
}
