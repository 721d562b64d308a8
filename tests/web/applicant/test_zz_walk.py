import os

import pytest
from django.test import Client
from django.utils import timezone

from tests import stories
from tests.web.applicant.test_pages import at

OUT="/tmp/a1shots"
def cookie(page, live_site, person):
    c=Client(); c.force_login(person.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    page.context.add_cookies([{"name":"session","value":c.cookies["session"].value,"url":live_site}])
@pytest.mark.parametrize("width",[390,1280])
@pytest.mark.parametrize("language",["en","es"])
def test_walk(new_page, live_site, language, width):
    only=os.environ.get("ONLY","")
    if os.environ.get("LANGS") and language not in os.environ["LANGS"]: return
    if os.environ.get("WIDTHS") and str(width) not in os.environ["WIDTHS"]: return
    st=stories.Story(now=timezone.now())
    page=new_page(viewport={"width":width,"height":900})
    page.on("console", lambda m: print("console", m.type, m.text) if m.type in("error","warning") else None)
    def shot(name):
        if only and only not in name: return
        page.screenshot(path=f"{OUT}/{language}-{width}-{name}.png", full_page=True)
        w=page.evaluate("document.documentElement.scrollWidth")
        if w>width: print("OVERFLOW", name, w)
    e=at(language,"eligibility")
    page.goto(at(language,"home")); shot("welcome")
    page.goto(e); shot("elig0")
    page.click("main button.usa-button"); shot("elig1")
    page.locator("label.usa-radio__label").nth(0).click()
    page.click("button[value=next]")
    page.locator("label.usa-radio__label").nth(2).click(); page.click("button[value=next]")
    shot("elig3")
    for i in range(30):
        if page.locator(".pc-answer").count(): break
        if page.locator("select").count():
            page.locator("select").first.select_option(index=3)
            if page.locator("input[name$=_day]").count():
                page.locator("input[name$=_day]").fill("3"); page.locator("input[name$=_year]").fill("1990" if page.locator("input[name=born_on_year]").count() else "2028")
        elif page.locator("input[type=radio]").count(): page.locator("label.usa-radio__label").nth(0).click()
        elif page.locator("input[type=checkbox]").count(): page.locator("label.usa-checkbox__label").nth(0).click()
        else: page.locator("main input[type=text]").fill("1200")
        if i==5: shot("elig7")
        page.click("button[value=next]")
    shot("eligresult")
    cookie(page, live_site, st.person("maria"))
    page.goto(at(language,"home")); shot("home0")
    page.goto(at(language,"start")); shot("start")
    case=stories.started(st,"maria","reciprocity")
    page.goto(at(language,"tasks",case.uuid)); shot("tasks0")
    for c in (1,3): page.goto(at(language,"chapter",c)); shot(f"chapter{c}")
    page.goto(at(language,"self_assessment")); shot("self")
    page.goto(at(language,"check",case.uuid)); shot("check0")
    from peercert.program.applications.sections import sections_of
    from peercert.web.applicant.groups import page_slug
    for s in sections_of("reciprocity"):
        page.goto(at(language,"question_group",case.uuid,page_slug(s.slug))); shot(f"g-{s.slug}")
        if s.rows:
            page.click("button[name=add]"); shot(f"r-{s.slug}")
    page.goto(at(language,"question_group",case.uuid,"name")); page.click("button[value=on]"); shot("g-name-errors")
    page.goto(at(language,"question_group",case.uuid,"about-you")); shot("g-about")
    page.goto(at(language,"discard",case.uuid)); shot("discard")
    stories.apply.discard(case.pk, actor=st.actor("maria"), now=st.now)
    case=stories.drafted(st,"maria","portability")
    page.goto(at(language,"tasks",case.uuid)); shot("tasks1")
    for g in ("service","photo-id","education","ethics"): page.goto(at(language,"question_group",case.uuid,g)); shot(f"full-{g}")
    page.goto(at(language,"check",case.uuid)); shot("check1")
    page.click("main form button.usa-button"); shot("submitted")
    page.goto(at(language,"home")); shot("home1")
    page.goto(at(language,"withdraw",case.uuid)); shot("withdraw")
