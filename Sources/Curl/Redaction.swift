import CCurl

/// Returns the scheme and host of a URL for messages. The rest is omitted: a webhook's secret is in its path.
///
/// The URL is parsed by libcurl, so the host is the one that libcurl connects to.
package func redacted(_ url: String) -> String {
    guard let handle = curl_url() else { return "(a URL)" }
    defer { curl_url_cleanup(handle) }
    guard curl_url_set(handle, CURLUPART_URL, url, UInt32(CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK,
        let scheme = part(CURLUPART_SCHEME, of: handle), let host = part(CURLUPART_HOST, of: handle)
    else { return "(a malformed URL)" }
    return "\(scheme)://\(host)"
}

private func part(_ part: CURLUPart, of handle: OpaquePointer) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(handle, part, &text, 0) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
}
