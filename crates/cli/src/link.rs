//! The link of a folder to a project, as the vendor's command line writes it: `.vercel/project.json`, or `.vercel/repo.json` at the root of a repository.

use crate::content;
use crate::failure::Usage;
use certflight_validate::Escaped;
use serde::Deserialize;
use std::io;
use std::path::{Component, Path};

/// What a link names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) project: String,
    /// A team's ID, or that of the token's own account.
    pub(crate) owner: String,
    /// The file that says so.
    pub(crate) path: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProjectFile {
    project_id: String,
    org_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RepositoryFile {
    #[serde(default)]
    org_id: Option<String>,
    projects: Vec<RepositoryProject>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RepositoryProject {
    id: String,
    directory: String,
    #[serde(default)]
    org_id: Option<String>,
}

/// The link of `folder`, an absolute path. A link of the folder itself wins over one of the repository.
pub(crate) fn find(folder: &Path) -> Result<Option<Link>, Usage> {
    let path = folder.join(".vercel").join("project.json");
    if let Some(ProjectFile { project_id, org_id }) = parse(&path)? {
        return Ok(Some(Link { project: project_id, owner: org_id, path: shown(&path) }));
    }
    for root in folder.ancestors() {
        let path = root.join(".vercel").join("repo.json");
        let Some(file) = parse::<RepositoryFile>(&path)? else { continue };
        return of_repository(file, folder.strip_prefix(root).unwrap_or(Path::new("")), &path).map(Some);
    }
    Ok(None)
}

/// The project whose directory holds `folder`, a path from the repository's root; of several the innermost.
fn of_repository(file: RepositoryFile, folder: &Path, path: &Path) -> Result<Link, Usage> {
    let depth = |directory: &str| {
        let parts: Vec<Component<'_>> = Path::new(directory).components().filter(|part| *part != Component::CurDir).collect();
        let is_inside = folder.components().zip(&parts).filter(|(part, of)| part == *of).count() == parts.len();
        is_inside.then_some(parts.len())
    };
    let holding = file.projects.iter().filter_map(|project| Some((depth(&project.directory)?, project)));
    let Some((deepest, project)) = holding.max_by_key(|(depth, _)| *depth) else {
        return Err(Usage(format!("{}: none of its projects is in this folder; name one with --project", shown(path))));
    };
    if file.projects.iter().filter(|other| depth(&other.directory) == Some(deepest)).count() > 1 {
        return Err(Usage(format!("{}: several of its projects are in this folder; name one with --project", shown(path))));
    }
    let owner = project.org_id.clone().or(file.org_id);
    let owner =
        owner.ok_or_else(|| Usage(format!("{}: the project has no orgId; name it with --project and --team", shown(path))))?;
    Ok(Link { project: project.id.clone(), owner, path: shown(path) })
}

fn shown(path: &Path) -> String {
    Escaped(&path.to_string_lossy()).to_string()
}

/// A file's JSON; `None` where there is no file.
fn parse<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Option<T>, Usage> {
    let bytes = match content::read_regular_file(path) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(Usage(format!("{}: {}", shown(path), content::why(&error)))),
    };
    let wrong = |_| {
        let message =
            "this is not the link that the vendor's command line writes; link the folder again, or name the project with --project";
        Usage(format!("{}: {message}", shown(path)))
    };
    serde_json::from_slice(&bytes).map(Some).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn write(root: &Path, name: &str, text: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn found(folder: &Path) -> Option<(String, String)> {
        find(folder).unwrap().map(|link| (link.project, link.owner))
    }

    fn some(project: &str, owner: &str) -> Option<(String, String)> {
        Some((project.to_owned(), owner.to_owned()))
    }

    #[test]
    fn the_innermost_project_of_a_repository_is_meant() {
        let root = tempfile::tempdir().unwrap();
        let text = r#"{"remoteName": "origin", "orgId": "team_old", "projects": [
            {"id": "prj_root", "name": "root", "directory": "."},
            {"id": "prj_web", "name": "web", "directory": "apps/web", "orgId": "team_web"},
            {"id": "prj_webshop", "name": "webshop", "directory": "apps/webshop"}]}"#;
        write(root.path(), ".vercel/repo.json", text);
        for (folder, expected) in [
            ("", some("prj_root", "team_old")),
            ("apps", some("prj_root", "team_old")),
            ("apps/web", some("prj_web", "team_web")),
            ("apps/web/src/api", some("prj_web", "team_web")),
            ("apps/webshop", some("prj_webshop", "team_old")),
            ("apps/webs", some("prj_root", "team_old")),
        ] {
            let folder = root.path().join(folder);
            fs::create_dir_all(&folder).unwrap();
            assert_eq!(found(&folder), expected, "{}", folder.display());
        }
        // A link of the folder itself, not of one above it.
        write(root.path(), "apps/web/.vercel/project.json", r#"{"projectId": "prj_own", "orgId": "user_1", "settings": {}}"#);
        assert_eq!(found(&root.path().join("apps/web")), some("prj_own", "user_1"));
        assert_eq!(found(&root.path().join("apps/web/src")), some("prj_web", "team_web"));
    }

    #[test]
    fn what_does_not_name_one_project_is_said() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(find(root.path()).unwrap(), None);
        let why = |text: &str| {
            write(root.path(), ".vercel/repo.json", text);
            find(root.path()).unwrap_err().0
        };
        assert!(why(r#"{"projects": []}"#).contains("none of its projects"));
        assert!(why(r#"{"projects": [{"id": "a", "directory": "x"}]}"#).contains("none of its projects"));
        let two = r#"{"orgId": "t", "projects": [{"id": "a", "directory": "."}, {"id": "b", "directory": "./"}]}"#;
        assert!(why(two).contains("several of its projects"));
        assert!(why(r#"{"projects": [{"id": "a", "directory": "."}]}"#).contains("no orgId"));
        for text in ["", "{", "[]", r#"{"projects": 1}"#, r#"{"projects": [{"id": 1, "directory": "."}]}"#] {
            assert!(why(text).contains("not the link"), "{text}");
        }
        write(root.path(), ".vercel/project.json", r#"{"projectId": "prj_1"}"#);
        assert!(find(root.path()).unwrap_err().0.contains("not the link"));
    }
}
