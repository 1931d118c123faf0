from webapp.play.views.shell import shell_assets

MANIFEST = {
    "_shared-1.js": {"file": "assets/shared-1.js", "css": ["assets/shared-2.css"], "imports": ["_deep-3.js"]},
    "_deep-3.js": {"file": "assets/deep-3.js", "imports": ["_shared-1.js"]},
    "src/play/main.tsx": {"file": "assets/main-4.js", "css": ["assets/main-5.css"], "imports": ["_shared-1.js"]},
    "src/play/pages.ts": {"file": "assets/pages-6.js"},
    "src/staff/main.ts": {"file": "assets/staff-7.js"},
}


def test_the_shell_is_the_play_pages_with_all_they_import_and_nothing_of_staff():
    assert shell_assets(MANIFEST) == {
        "/static/assets/main-4.js",
        "/static/assets/main-5.css",
        "/static/assets/shared-1.js",
        "/static/assets/shared-2.css",
        "/static/assets/deep-3.js",
        "/static/assets/pages-6.js",
    }


def test_the_service_worker_rules_over_the_whole_site_and_is_never_stale(client):
    response = client.get("/sw.js")
    assert response["Content-Type"] == "text/javascript"
    assert response["Cache-Control"] == "no-cache"
    assert b'addEventListener("fetch"' in response.content
