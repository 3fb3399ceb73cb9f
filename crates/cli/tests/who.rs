//! Whose token, which project, and what is asked before anything is changed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::net::{Peer, answer};
use support::{Ended, Sandbox, command, inputs};

const TAKEN: &str = r#"{"updated": true, "origin": "https://api.example.com", "certId": "cert_1"}"#;

/// A home of its own, with a working directory in it.
struct Home {
    root: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let home = Home { root: tempfile::tempdir().unwrap() };
        fs::create_dir(home.path("work")).unwrap();
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        self.close(&path);
        path
    }

    /// Its owner's alone.
    fn close(&self, path: &Path) {
        #[cfg(unix)]
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        #[cfg(not(unix))]
        let _ = path;
    }

    fn link(&self, project: &str, owner: &str) {
        self.write("work/.vercel/project.json", &format!(r#"{{"projectId": "{project}", "orgId": "{owner}"}}"#));
    }

    fn login(&self, auth: &str, config: &str) {
        self.write("data/com.vercel.cli/auth.json", auth);
        self.write("data/com.vercel.cli/config.json", config);
    }

    fn command(&self) -> Command {
        let mut command = command();
        command.current_dir(self.path("work")).env("XDG_DATA_HOME", self.path("data"));
        command
    }

    /// What a dry run shows of an upload.
    fn upload(&self, variables: &[(&str, &str)], args: &[&str]) -> Ended {
        let mut command = self.command();
        command.envs(variables.iter().copied()).args(["upload", "--dry-run"]).args(args);
        Ended::of(command.args(inputs(&certflight_fixtures::named("ok__p256-pkcs8"))).output().unwrap())
    }

    fn list(&self, variables: &[(&str, &str)], args: &[&str], url: &str) -> Ended {
        let mut command = self.command();
        Ended::of(command.envs(variables.iter().copied()).args(["list", "--api-url", url]).args(args).output().unwrap())
    }
}

/// Where a dry run would send the request.
fn path(ended: &Ended) -> &str {
    assert_eq!(ended.code, 0, "{}", ended.err);
    let line = ended.out.lines().find(|line| line.starts_with("POST ")).unwrap();
    line.strip_prefix("POST https://api.vercel.com/v1/projects/").unwrap()
}

#[test]
fn flags_then_variables_then_the_link_name_the_project() {
    let home = Home::new();
    let both = [("VERCEL_PROJECT_ID", "prj_variable"), ("VERCEL_ORG_ID", "team_variable")];
    let nothing = home.upload(&[], &[]);
    assert_eq!(nothing.code, 2);
    for part in ["--project", "VERCEL_PROJECT_ID and VERCEL_ORG_ID", "has linked"] {
        assert!(nothing.err.contains(part), "{}", nothing.err);
    }
    home.link("prj_link", "team_link");
    let linked = home.upload(&[], &[]);
    assert_eq!(path(&linked), "prj_link/client-cert?teamId=team_link");
    assert!(linked.err.contains("project prj_link (") && linked.err.contains("project.json), team team_link ("), "{}", linked.err);
    assert_eq!(path(&home.upload(&both, &[])), "prj_variable/client-cert?teamId=team_variable");
    assert_eq!(path(&home.upload(&both, &["--project", "flag", "--team", "acme"])), "flag/client-cert?slug=acme");
    // A team that is named is meant for any project; one that came with another project is not.
    assert_eq!(path(&home.upload(&both, &["--team", "team_flag"])), "prj_variable/client-cert?teamId=team_flag");
    assert_eq!(path(&home.upload(&[], &["--slug", "acme"])), "prj_link/client-cert?slug=acme");
    assert_eq!(path(&home.upload(&both, &["--project", "flag"])), "flag/client-cert");
    for one in &both {
        let ended = home.upload(&[*one], &[]);
        assert_eq!(ended.code, 2);
        assert!(ended.err.contains("set both"), "{}", ended.err);
    }
    // An account that is no team is the token's own.
    home.link("prj_link", "9xYcYQ2BbMhVSsYyN2YZ9Q1J");
    let own = home.upload(&[], &[]);
    assert_eq!(path(&own), "prj_link/client-cert");
    assert!(own.err.contains("no team, as 9xYcYQ2BbMhVSsYyN2YZ9Q1J ("), "{}", own.err);
    home.write("work/.vercel/project.json", "{");
    let ended = home.upload(&[], &[]);
    assert!(ended.code == 2 && ended.err.contains("project.json: this is not the link"), "{}", ended.err);
    assert_eq!(path(&home.upload(&[], &["--project", "flag"])), "flag/client-cert");
}

#[test]
fn the_working_directory_can_be_named() {
    let home = Home::new();
    let file =
        r#"{"remoteName": "origin", "projects": [{"id": "prj_web", "name": "web", "directory": "apps/web", "orgId": "team_web"}]}"#;
    home.write("repository/.vercel/repo.json", file);
    home.write("repository/apps/web/src/cert.pem", "");
    let folder = home.path("repository/apps/web/src");
    for args in [vec!["--cwd", folder.to_str().unwrap()], vec!["--cwd", "../repository/apps/web"]] {
        assert_eq!(path(&home.upload(&[], &args)), "prj_web/client-cert?teamId=team_web");
    }
    // Before the command's name, too, and inputs are looked for there.
    let mut command = home.command();
    let ended = Ended::of(command.args(["--cwd", folder.to_str().unwrap(), "check", "--cert", "cert.pem"]).output().unwrap());
    assert!(ended.code == 1 && ended.out.contains("input-empty"), "{}{}", ended.out, ended.err);
    let ended = home.upload(&[], &["--cwd", "no-such-folder"]);
    assert!(ended.code == 2 && ended.err.contains("--cwd no-such-folder"), "{}", ended.err);
}

#[test]
fn the_token_is_from_the_file_then_the_variable_then_the_login() {
    let home = Home::new();
    // Says which token it was sent, which the command would hide in any other form.
    let (tell, told) = std::sync::mpsc::channel();
    let tell = std::sync::Mutex::new(tell);
    let server = Peer::start(move |mut stream, _| {
        let head = support::net::read_head(&mut stream);
        let token = head.lines().find_map(|line| line.strip_prefix("authorization: Bearer ")).unwrap_or_default().to_owned();
        tell.lock().unwrap().send(token).unwrap();
        support::net::send(&mut stream, &answer("200 OK", r#"{"clientCerts": []}"#));
    });
    let list = |variables: &[(&str, &str)], args: &[&str]| {
        let ended = home.list(variables, &[&["--project", "shop"], args].concat(), &server.url());
        assert_eq!(ended.code, 0, "{}", ended.err);
        (told.recv().unwrap(), ended.err)
    };
    home.login(
        r#"{"// Note": "x", "token": "login-token-0123456789", "userId": "u", "refreshToken": "r", "expiresAt": 99999999999}"#,
        "{}",
    );
    let variable = [("VERCEL_TOKEN", "variable-token-0123456789")];
    let file = home.write("token.txt", "file-token-0123456789\n");
    let file = ["--token-file", file.to_str().unwrap()];
    assert_eq!(list(&variable, &file).0, "file-token-0123456789");
    let (token, said) = list(&variable, &[]);
    assert!(token == "variable-token-0123456789" && said.contains("token from VERCEL_TOKEN"), "{said}");
    let (token, said) = list(&[], &[]);
    assert!(token == "login-token-0123456789" && said.contains("com.vercel.cli"), "{said}");
    for secret in ["login-token", "refreshToken"] {
        assert!(!said.contains(secret));
    }
}

#[test]
fn the_active_team_is_that_of_the_login_whose_token_is_used() {
    let home = Home::new();
    home.login(r#"{"token": "login-token-0123456789"}"#, r#"{"currentTeam": "team_active"}"#);
    let ended = home.upload(&[], &["--project", "shop"]);
    assert_eq!(path(&ended), "shop/client-cert?teamId=team_active");
    assert!(ended.err.contains("team team_active (active in the stored login)"), "{}", ended.err);
    assert_eq!(path(&home.upload(&[], &["--project", "shop", "--team", "team_flag"])), "shop/client-cert?teamId=team_flag");
    assert_eq!(path(&home.upload(&[("VERCEL_TOKEN", "variable-token")], &["--project", "shop"])), "shop/client-cert");
    // An account that is no team is the token's own, and nothing is inferred then.
    home.login(r#"{"token": "login-token-0123456789"}"#, r#"{"currentTeam": "9xYcYQ2BbMhVSsYyN2YZ9Q1J"}"#);
    let server = Peer::answering(vec![answer("200 OK", TAKEN)]);
    let mut command = home.command();
    command.args(["upload", "--project", "shop", "--api-url", &server.url()]);
    let ended = Ended::of(command.args(inputs(&certflight_fixtures::named("ok__p256-pkcs8"))).output().unwrap());
    assert_eq!((ended.code, server.uploads()), (0, 1), "{}", ended.err);
    // It says nothing of a project that comes with its own.
    home.login(r#"{"token": "login-token-0123456789"}"#, r#"{"currentTeam": "team_active"}"#);
    home.link("prj_link", "team_link");
    assert_eq!(path(&home.upload(&[], &[])), "prj_link/client-cert?teamId=team_link");
}

#[test]
fn a_login_that_cannot_be_used_is_said() {
    let home = Home::new();
    let list = || home.list(&[], &["--project", "shop"], "http://127.0.0.1:9");
    for (auth, config, words) in [
        (r#"{"token": "secret-0123456789", "expiresAt": 1000}"#, "{}", "the stored login has expired at 1970-01-01T00:16:40Z"),
        (r#"{"token": "secret-0123456789", "expiresAt": -5}"#, "{}", "the stored login has expired"),
        ("{}", r#"{"credStorage": "keyring"}"#, "in the system's keyring, which is not read"),
        ("{}", "{}", "there is no token: set the variable VERCEL_TOKEN"),
        (r#"{"token": ""}"#, "{}", "there is no token"),
        (r#"{"token": "secret-0123456789" "#, "{}", "auth.json: this is not the JSON"),
        (r#"{"token": ["secret-0123456789"]}"#, "{}", "auth.json: this is not the JSON"),
        (r#"{"token": "secret-0123456789 and more"}"#, "{}", "the token holds white space"),
    ] {
        home.login(auth, config);
        let ended = list();
        assert_eq!(ended.code, 2);
        assert!(ended.err.contains(words) && !ended.err.contains("secret"), "{}", ended.err);
    }
    // One that is not needed is not looked at.
    assert_eq!(home.list(&[("VERCEL_TOKEN", "a-token")], &["--project", "shop", "--timeout", "1s"], "http://127.0.0.1:9").code, 4);
}

#[cfg(target_os = "linux")]
#[test]
fn without_the_variable_the_login_is_in_the_home_folder() {
    let home = Home::new();
    home.write("home/.local/share/com.vercel.cli/auth.json", r#"{"token": "login-token-0123456789", "expiresAt": 1}"#);
    let mut command = home.command();
    command.env_remove("XDG_DATA_HOME").env("HOME", home.path("home")).args(["list", "--project", "shop"]);
    let ended = Ended::of(command.output().unwrap());
    assert!(
        ended.code == 2 && ended.err.contains("/home/.local/share/com.vercel.cli/auth.json: the stored login has expired"),
        "{}",
        ended.err
    );
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_can_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let server = Peer::answering(vec![answer("200 OK", TAKEN)]);
    let fixture = certflight_fixtures::named("ok__p256-pkcs8");
    let key = home.write("work/client.key", &String::from_utf8(fixture.key.unwrap()).unwrap());
    fs::write(home.path("work/client.pem"), fixture.cert.unwrap()).unwrap();
    fs::write(home.path("work/ca.pem"), fixture.ca.unwrap()).unwrap();
    let token = home.write("work/token", "a-token-0123456789");
    let warnings = |inputs: &[&str], secret: &Path, mode: u32| {
        fs::set_permissions(secret, fs::Permissions::from_mode(mode)).unwrap();
        let mut command = home.command();
        command.args(["upload", "--project", "shop", "--api-url", &server.url(), "--token-file", "token"]).args(inputs);
        let ended = Ended::of(command.output().unwrap());
        assert_eq!(ended.code, 0, "{}", ended.err);
        fs::set_permissions(secret, fs::Permissions::from_mode(0o600)).unwrap();
        ended.err.lines().filter(|line| line.starts_with("warning: ")).map(str::to_owned).collect::<Vec<_>>()
    };
    let named = ["--cert", "client.pem", "--key", "client.key", "--ca", "ca.pem"];
    let sorted = ["client.pem", "client.key", "ca.pem"];
    for inputs in [&named[..], &sorted, &["."]] {
        assert_eq!(warnings(inputs, &key, 0o600), [] as [&str; 0]);
        for mode in [0o640, 0o604] {
            let said = warnings(inputs, &key, mode);
            assert_eq!(said.len(), 1, "{said:?}");
            assert!(said[0].contains(&format!("client.key: others can read the private key (mode {mode:04o})")), "{said:?}");
        }
    }
    let said = warnings(&named, &token, 0o644);
    assert_eq!(said, ["warning: token: others can read the token (mode 0644); chmod 600 makes it its owner's alone"]);
}

/// Nobody is there to be asked: a target that nobody named is not changed.
#[test]
fn without_a_terminal_an_inferred_target_has_to_be_named() {
    let home = Home::new();
    home.link("prj_link", "team_link");
    home.login(r#"{"token": "login-token-0123456789"}"#, r#"{"currentTeam": "team_active"}"#);
    let server = Peer::answering(vec![answer("200 OK", TAKEN)]);
    let url = server.url();
    let upload = |args: &[&str]| {
        let mut command = home.command();
        command.args(["upload", "--api-url", &url]).args(args);
        Ended::of(command.args(inputs(&certflight_fixtures::named("ok__p256-pkcs8"))).output().unwrap())
    };
    for args in [&[][..], &["--non-interactive"], &["--project", "shop"], &["--team", "acme"]] {
        let ended = upload(args);
        assert_eq!((ended.code, server.uploads()), (2, 0), "{args:?}: {}", ended.err);
        assert!(ended.err.contains("the target is only inferred") && ended.err.contains("nothing was sent"), "{}", ended.err);
    }
    assert_eq!((upload(&["--project", "shop", "--team", "acme"]).code, server.uploads()), (0, 1));
    assert_eq!((upload(&["--project", "shop", "--team", "acme", "--non-interactive"]).code, server.uploads()), (0, 2));
    let delete = |args: &[&str]| {
        let mut command = home.command();
        Ended::of(command.args(["delete", "cert_1", "--api-url", &url]).args(args).output().unwrap())
    };
    let ended = delete(&[]);
    assert_eq!((ended.code, server.uploads()), (2, 2), "{}", ended.err);
    assert!(ended.err.contains("--yes agrees to it"), "{}", ended.err);
    // What was named needs nobody's word; what is only asked for changes nothing.
    assert_eq!((delete(&["--yes"]).code, server.uploads()), (0, 3));
    assert_eq!((delete(&["--project", "shop", "--team", "acme"]).code, server.uploads()), (0, 4));
    assert_eq!(home.list(&[], &[], &url).code, 0);
}

/// On a terminal it is asked; script(1) of Linux makes one.
#[cfg(target_os = "linux")]
mod terminal {
    use super::*;
    use std::io::Write as _;
    use std::process::Stdio;

    /// Runs a command line on a terminal on which `typed` is typed.
    fn on_terminal(home: &Home, line: &str, typed: &str) -> Option<(i32, String)> {
        let line = format!("stty -echo; '{}' {line}", env!("CARGO_BIN_EXE_certflight"));
        let mut script = Command::new("script");
        script.args(["-qec", &line, "/dev/null"]).current_dir(home.path("work"));
        script.env("XDG_DATA_HOME", home.path("data")).env("TERM", "xterm").env("LC_ALL", "C.UTF-8").env_remove("VERCEL_TOKEN");
        for name in ["VERCEL_PROJECT_ID", "VERCEL_ORG_ID"] {
            script.env_remove(name);
        }
        let child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        child.stdin.as_ref().unwrap().write_all(typed.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        Some((output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned()))
    }

    #[test]
    fn an_inferred_target_is_asked_for_and_a_deletion_always() {
        let home = Home::new();
        let sandbox = Sandbox::start();
        home.link("prj_link", "team_link");
        home.login(r#"{"token": "login-token-0123456789"}"#, "{}");
        let fixture = certflight_fixtures::named("ok__p256-pkcs8").folder;
        for name in ["cert.pem", "key.pem", "ca.pem"] {
            fs::copy(fixture.join(name), home.path("work").join(name)).unwrap();
        }
        let url = &sandbox.url;
        let upload = format!("upload --api-url {url} cert.pem key.pem ca.pem");
        let Some((code, said)) = on_terminal(&home, &upload, "n\n") else { return };
        assert_eq!(code, 1, "{said}");
        assert!(
            said.contains("Upload to this target? Nothing has been sent yet. [y/N]") && said.contains("nothing was sent"),
            "{said}"
        );
        assert!(said.find("target: project prj_link").unwrap() < said.find("[y/N]").unwrap(), "{said}");
        for (typed, code) in [("\n", 1), ("nonsense\n", 1), ("y\n", 0), ("YES\n", 0)] {
            assert_eq!(on_terminal(&home, &upload, typed).unwrap().0, code, "{typed}");
        }
        let (code, said) = on_terminal(&home, &format!("{upload} --format json"), "n\n").unwrap();
        assert!(code == 1 && said.contains("\"verdict\": \"pass\"") && said.contains("\"sent\": false"), "{said}");
        // What was named is not asked for, and who does not want to be asked is not.
        let named = format!("{upload} --project shop --team acme");
        let (code, said) = on_terminal(&home, &named, "").unwrap();
        assert!(code == 0 && !said.contains("[y/N]"), "{said}");
        let (code, said) = on_terminal(&home, &format!("{upload} --non-interactive"), "y\n").unwrap();
        assert!(code == 2 && said.contains("the target is only inferred"), "{said}");

        let delete = format!("delete sandbox_cert_1 --api-url {url} --project prj_link --team team_link");
        let (code, said) = on_terminal(&home, &delete, "n\n").unwrap();
        assert!(code == 1 && said.contains("Delete the certificate sandbox_cert_1 from this project?"), "{said}");
        // Where it cannot be asked, somebody who is there is not passed over.
        let (code, said) = on_terminal(&home, &format!("{delete} 2>said.txt"), "").unwrap();
        assert_eq!(code, 2, "{said}");
        assert!(fs::read_to_string(home.path("work/said.txt")).unwrap().contains("--yes agrees"));
        let (code, said) = on_terminal(&home, &format!("{delete} --yes"), "").unwrap();
        assert!(code == 0 && !said.contains("[y/N]"), "{said}");
        assert_eq!(on_terminal(&home, &delete, "y\n").unwrap().0, 3); // it is gone
    }

    #[test]
    fn colours_can_be_turned_off() {
        let home = Home::new();
        let Some((_, said)) = on_terminal(&home, "check --cert no-such-file.pem --no-such-flag", "") else { return };
        assert!(said.contains('\u{1b}'), "{said}");
        for line in ["--no-color check --no-such-flag", "check --no-color --origin https://a.example"] {
            let (_, said) = on_terminal(&home, line, "").unwrap();
            assert!(!said.contains('\u{1b}'), "{said}");
        }
        assert!(on_terminal(&home, "check --origin https://a.example", "").unwrap().1.contains('\u{1b}'));
    }
}
