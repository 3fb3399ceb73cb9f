//! Which project is meant, and what said so.

use crate::args::TargetArgs;
use crate::failure::Usage;
use crate::link::{self, Link};
use certflight_upload::Target;
use certflight_validate::Escaped;

/// The target, and a line about it for people.
pub(crate) struct Resolved {
    pub(crate) target: Target,
    pub(crate) shown: String,
    /// Neither a flag nor a variable says it: files that the vendor's command line wrote do.
    pub(crate) is_inferred: bool,
}

impl Resolved {
    /// Where nobody can be asked, nothing is changed in a project that nobody named. `or` says how one agrees all the same.
    pub(crate) fn must_be_named(&self, or: &str) -> Result<(), Usage> {
        if !self.is_inferred {
            return Ok(());
        }
        Err(Usage(format!(
            "the target is only inferred, and nobody can be asked whether it is meant: {}. Name it with --project and --team, or set \
             VERCEL_PROJECT_ID and VERCEL_ORG_ID{or}; nothing was sent",
            self.shown
        )))
    }
}

/// What says of a team that it is the stored login's.
const ACTIVE: &str = "active in the stored login";

/// Whose project it is where no flag says it.
enum Owner {
    /// The project came with it.
    Named { owner: String, by: String },
    /// The team that is active in the stored login that the token is from.
    Active(Option<String>),
}

/// Takes the flags, else the two variables that the vendor's command line sets together, else the link of the folder. `active` is the team of the login
/// that the token is from.
pub(crate) fn resolve(args: &TargetArgs, active: Option<String>) -> Result<Resolved, Usage> {
    let mut parts = Vec::new();
    let mut is_inferred = false;
    let (project, owner) = if let Some(project) = &args.project {
        parts.push(format!("project {} (--project)", Escaped(project)));
        (project.clone(), Owner::Active(active))
    } else if let Some((project, owner)) = from_variables()? {
        parts.push(format!("project {} (VERCEL_PROJECT_ID)", Escaped(&project)));
        (project, Owner::Named { owner, by: "VERCEL_ORG_ID".to_owned() })
    } else {
        let Link { project, owner, path } = from_folder()?;
        is_inferred = true;
        parts.push(format!("project {} ({path})", Escaped(&project)));
        (project, Owner::Named { owner, by: path })
    };
    let mut target = Target::new(project).map_err(|error| Usage(format!("the project: {error}")))?;
    if let Some(team) = &args.team {
        parts.push(format!("team {} (--team)", Escaped(team)));
        target = target.team(team).map_err(|error| Usage(format!("--team: {error}")))?;
    } else if args.slug.is_none() {
        let (team, by) = match owner {
            Owner::Named { owner, by } => (Some(owner), by),
            Owner::Active(team) => (team, ACTIVE.to_owned()),
        };
        match team {
            Some(team) if team.starts_with("team_") => {
                is_inferred |= by == ACTIVE;
                parts.push(format!("team {} ({by})", Escaped(&team)));
                target = target.team(team).map_err(|error| Usage(format!("{by}: {error}")))?;
            }
            // An account that is no team is the token's own and is not named in a request.
            Some(account) => parts.push(format!("no team, as {} ({by}) is the ID of none", Escaped(&account))),
            None => {}
        }
    }
    if let Some(slug) = &args.slug {
        parts.push(format!("team {} (--slug)", Escaped(slug)));
        target = target.slug(slug).map_err(|error| Usage(format!("--slug: {error}")))?;
    }
    Ok(Resolved { target, shown: parts.join(", "), is_inferred })
}

/// The project and its owner, where both variables are set.
fn from_variables() -> Result<Option<(String, String)>, Usage> {
    let given = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    match (given("VERCEL_PROJECT_ID"), given("VERCEL_ORG_ID")) {
        (Some(project), Some(owner)) => Ok(Some((project, owner))),
        (None, None) => Ok(None),
        (Some(_), None) => {
            Err(Usage("VERCEL_PROJECT_ID is set without VERCEL_ORG_ID: set both, or name the project with --project".into()))
        }
        (None, Some(_)) => {
            Err(Usage("VERCEL_ORG_ID is set without VERCEL_PROJECT_ID: set both, or name the project with --project".into()))
        }
    }
}

fn from_folder() -> Result<Link, Usage> {
    let folder = std::env::current_dir().map_err(|error| Usage(format!("the working directory cannot be told: {error}")))?;
    link::find(&folder)?.ok_or_else(|| {
        Usage(
            "there is no project: name it with --project ID|NAME, set VERCEL_PROJECT_ID and VERCEL_ORG_ID, or work in a folder that the \
             vendor's command line has linked"
                .into(),
        )
    })
}
